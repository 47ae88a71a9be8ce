"""Sources of activations: what turns a bundle into layer values."""
