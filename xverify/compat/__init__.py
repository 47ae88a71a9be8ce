"""What each MATLAB release makes of an ONNX file."""
