"""Which MATLAB layer an operation is, where its name alone decides. Operations with parameters are in xverify/layouts.

Names only: what MATLAB's importer makes of an ONNX file is another question, with another table (xverify/compat).
"""

MATLAB_LAYERS = {
    "relu": "reluLayer",
    "leaky_relu": "leakyReluLayer",
    "hardtanh": "clippedReluLayer",
    "elu": "eluLayer",
    "gelu": "geluLayer",
    "silu": "swishLayer",
    "sigmoid": "sigmoidLayer",
    "tanh": "tanhLayer",
    "softmax": "softmaxLayer",
    "_softmax": "softmaxLayer",
    "max_pool1d": "maxPooling1dLayer",
    "max_pool2d": "maxPooling2dLayer",
    "max_pool3d": "maxPooling3dLayer",
    "avg_pool1d": "averagePooling1dLayer",
    "avg_pool2d": "averagePooling2dLayer",
    "avg_pool3d": "averagePooling3dLayer",
    "dropout": "dropoutLayer",
}
"""ATen operation -> MATLAB layer function."""
