"""Which writer writes which step: MATLAB layers by their names, ONNX operators by theirs."""

from collections.abc import Mapping

from xverify.matlab_code import activations, convolutions, joins, normalizations, poolings, reshapings
from xverify.matlab_code.enlarging import resize
from xverify.matlab_code.fully_connected import fully_connected
from xverify.matlab_code.recurrent import recurrent
from xverify.matlab_code.step import Writer

WRITERS: Mapping[str, Writer] = {
    **activations.ACTIVATIONS,
    "convolution1dLayer": convolutions.convolution,
    "convolution2dLayer": convolutions.convolution,
    "convolution3dLayer": convolutions.convolution,
    "groupedConvolution2dLayer": convolutions.grouped_convolution,
    "transposedConv1dLayer": convolutions.transposed_convolution,
    "transposedConv2dLayer": convolutions.transposed_convolution,
    "transposedConv3dLayer": convolutions.transposed_convolution,
    "maxPooling1dLayer": poolings.max_pooling,
    "maxPooling2dLayer": poolings.max_pooling,
    "maxPooling3dLayer": poolings.max_pooling,
    "averagePooling1dLayer": poolings.average_pooling,
    "averagePooling2dLayer": poolings.average_pooling,
    "averagePooling3dLayer": poolings.average_pooling,
    "globalAveragePooling1dLayer": poolings.global_pooling,
    "globalAveragePooling2dLayer": poolings.global_pooling,
    "globalAveragePooling3dLayer": poolings.global_pooling,
    "globalMaxPooling1dLayer": poolings.global_pooling,
    "globalMaxPooling2dLayer": poolings.global_pooling,
    "globalMaxPooling3dLayer": poolings.global_pooling,
    "GlobalAveragePool": poolings.onnx_global_pooling,
    "GlobalMaxPool": poolings.onnx_global_pooling,
    "ReduceMean": poolings.reduce_mean,
    "batchNormalizationLayer": normalizations.batch_normalization,
    "layerNormalizationLayer": normalizations.layer_normalization,
    "groupNormalizationLayer": normalizations.group_normalization,
    "instanceNormalizationLayer": normalizations.instance_normalization,
    "InstanceNormalization": normalizations.onnx_instance_normalization,
    "preluLayer": activations.prelu,
    "softmaxLayer": activations.softmax,
    "Softmax": activations.softmax,
    "fullyConnectedLayer": fully_connected,
    "additionLayer": joins.addition,
    "multiplicationLayer": joins.multiplication,
    "concatenationLayer": joins.concatenation,
    "depthConcatenationLayer": joins.concatenation,
    "Concat": joins.concatenation,
    "lstmLayer": recurrent,
    "bilstmLayer": recurrent,
    "gruLayer": recurrent,
    "resize2dLayer": resize,
    "Flatten": reshapings.flatten,
    "flattenLayer": reshapings.flatten,
    "Gather": reshapings.gather,
    "Slice": reshapings.slice_,
    "Split": reshapings.split,
    "Unsqueeze": reshapings.unsqueeze,
    "Squeeze": reshapings.squeeze,
    "Identity": reshapings.identity,
}
"""Besides these, the operators of `elementwise.FORMULAS`."""

ELSEWHERE: Mapping[str, str] = {
    "wordEmbeddingLayer": "wordEmbeddingLayer belongs to Text Analytics Toolbox, and counts words from 1",
    "hardswishLayer": "MATLAB has no such layer",
    "Constant": "it does not depend on the input",
}
"""Why a step that has another home is not written."""
