"""Training the CIFAR-10 network: data, recipe, loop, checkpoints and plots."""
