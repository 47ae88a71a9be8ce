"""Sample names as .mat files hold them: MAT v5 keeps ASCII for certain, and programs differ in the rest."""

import re

_OTHER = re.compile(r"[^\x20-\x7e]+")


def plain(name: str) -> str:
    """The name with each run of other characters as one '?': by it names of both sides are compared."""
    return _OTHER.sub("?", name)
