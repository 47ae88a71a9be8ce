"""The folder that crosses between machines: its manifest, its files, how they are written and read."""
