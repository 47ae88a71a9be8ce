"""The MATLAB files of a bundle: code that rebuilds its network, scripts that import and verify it, and its README."""
