"""Every function of matlab/+xverify/+layers and its cases."""

from collections.abc import Callable, Iterable, Mapping
from functools import partial

import torch
import torch.nn.functional as F
from layer_case import Case
from layer_cases_activation import activation, clipped_relu, elu, gelu, leaky_relu, prelu, softmax
from layer_cases_convolution import (
    GROUPS,
    ONE_DIMENSION,
    THREE_DIMENSIONS,
    TRANSPOSED_ONE,
    TRANSPOSED_THREE,
    TRANSPOSED_TWO,
    TWO_DIMENSIONS,
    convolutions,
    transposed_convolutions,
)
from layer_cases_joining import addition, concatenation, depth_concatenation, flatten, fully_connected, multiplication
from layer_cases_normalization import (
    batch_normalization,
    cross_channel_normalization,
    group_normalization,
    instance_normalization,
    layer_normalization,
)
from layer_cases_pooling import average_poolings, global_poolings, max_poolings
from layer_cases_resizing import resize
from layer_cases_sequence import bilstm, gru, lstm, self_attention, word_embedding

CASES: Mapping[str, Callable[[], Iterable[Case]]] = {
    "additionLayer": addition,
    "averagePooling1dLayer": partial(average_poolings, 1, F.avg_pool1d),
    "averagePooling2dLayer": partial(average_poolings, 2, F.avg_pool2d),
    "averagePooling3dLayer": partial(average_poolings, 3, F.avg_pool3d),
    "batchNormalizationLayer": batch_normalization,
    "bilstmLayer": bilstm,
    "clippedReluLayer": clipped_relu,
    "concatenationLayer": concatenation,
    "convolution1dLayer": partial(convolutions, "convolution1dLayer", F.conv1d, ONE_DIMENSION),
    "convolution2dLayer": partial(convolutions, "convolution2dLayer", F.conv2d, TWO_DIMENSIONS),
    "convolution3dLayer": partial(convolutions, "convolution3dLayer", F.conv3d, THREE_DIMENSIONS),
    "crossChannelNormalizationLayer": cross_channel_normalization,
    "depthConcatenationLayer": depth_concatenation,
    "dropoutLayer": partial(activation, "dropoutLayer", torch.clone, {"p": 0.5, "train": 0.0}, exact=True),
    "eluLayer": elu,
    "flattenLayer": flatten,
    "fullyConnectedLayer": fully_connected,
    "geluLayer": gelu,
    "globalAveragePooling1dLayer": partial(global_poolings, 1, "Average"),
    "globalAveragePooling2dLayer": partial(global_poolings, 2, "Average"),
    "globalAveragePooling3dLayer": partial(global_poolings, 3, "Average"),
    "globalMaxPooling1dLayer": partial(global_poolings, 1, "Max"),
    "globalMaxPooling2dLayer": partial(global_poolings, 2, "Max"),
    "globalMaxPooling3dLayer": partial(global_poolings, 3, "Max"),
    "gruLayer": gru,
    "groupNormalizationLayer": group_normalization,
    "groupedConvolution2dLayer": partial(convolutions, "groupedConvolution2dLayer", F.conv2d, GROUPS),
    "hardswishLayer": partial(activation, "hardswishLayer", F.hardswish),
    "instanceNormalizationLayer": instance_normalization,
    "layerNormalizationLayer": layer_normalization,
    "leakyReluLayer": leaky_relu,
    "lstmLayer": lstm,
    "maxPooling1dLayer": partial(max_poolings, 1, F.max_pool1d),
    "maxPooling2dLayer": partial(max_poolings, 2, F.max_pool2d),
    "maxPooling3dLayer": partial(max_poolings, 3, F.max_pool3d),
    "multiplicationLayer": multiplication,
    "preluLayer": prelu,
    "reluLayer": partial(activation, "reluLayer", F.relu, exact=True),
    "resize2dLayer": resize,
    "selfAttentionLayer": self_attention,
    "sigmoidLayer": partial(activation, "sigmoidLayer", torch.sigmoid),
    "softmaxLayer": softmax,
    "swishLayer": partial(activation, "swishLayer", F.silu),
    "tanhLayer": partial(activation, "tanhLayer", torch.tanh),
    "transposedConv1dLayer": partial(
        transposed_convolutions, "transposedConv1dLayer", F.conv_transpose1d, TRANSPOSED_ONE
    ),
    "transposedConv2dLayer": partial(
        transposed_convolutions, "transposedConv2dLayer", F.conv_transpose2d, TRANSPOSED_TWO
    ),
    "transposedConv3dLayer": partial(
        transposed_convolutions, "transposedConv3dLayer", F.conv_transpose3d, TRANSPOSED_THREE
    ),
    "wordEmbeddingLayer": word_embedding,
}
"""Layer function -> what yields its cases."""
