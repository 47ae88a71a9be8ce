"""What the generated functions are called: `build_NAME`, where NAME is the model's name as a MATLAB identifier."""

import re

from xverify.bundle.manifest import Model
from xverify.matlab_code.literals import plain

_MAX_LENGTH = 40
"""MATLAB cuts names at 63 characters, and some prefix stands before this one."""


def script_name(model: Model) -> str:
    """NAME: letters, digits and underscores; 'network' where the model's name has none of them.

    >>> from types import SimpleNamespace
    >>> script_name(SimpleNamespace(name="my net.v2"))
    'my_net_v2'
    """
    words = re.findall(r"[A-Za-z0-9]+", model.name)
    return "_".join(words)[:_MAX_LENGTH].rstrip("_") or "network"


def title(model: Model) -> str:
    """The model's name as a comment may hold it: one line of ASCII, cut where it is very long."""
    return plain(model.name)[:_MAX_LENGTH]
