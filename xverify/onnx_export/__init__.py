"""From the exported program to MATLAB-ready ONNX and weights."""
