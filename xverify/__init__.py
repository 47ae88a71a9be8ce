"""xverify: proves that a network trained in PyTorch computes the same thing in MATLAB."""
