"""Where each parameter lies in MATLAB's layers, for export and for re-import: numpy only, one layer kind a file."""
