"""Why a layer is wrong: one cause a file."""
