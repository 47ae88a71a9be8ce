"""Parameters of a MATLAB network against a bundle's, and back into a PyTorch state_dict: numpy alone, unless a file asks for more."""
