"""Refuses values that MATLAB saved as objects of a class, and says which line in MATLAB makes plain arrays of them.

An object's data lies in an undocumented part of the file. `save` writes it without a word for a dlarray, which is what a
forward pass returns, so that this is what a first attempt to save activations looks like.
"""

from collections.abc import Sequence
from pathlib import Path

from xverify.errors import XverifyError

_PLAIN = {
    "double", "single", "int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64", "logical", "char", "cell", "struct",
    "sparse", "function", "function_handle",
}  # fmt: skip

_NETWORKS = {"SeriesNetwork", "DAGNetwork", "dlnetwork", "LayerGraph", "network"}
_ARRAYS = {"dlarray": "single(gather(extractdata({})))", "gpuArray": "gather({})"}
"""How plain arrays are made of the classes that hold one."""


def is_object(kind: str) -> bool:
    """Whether a MATLAB class is one whose values are no plain arrays, cells or structs.

    >>> is_object("dlarray"), is_object("single")
    (True, False)
    """
    return kind not in _PLAIN


def refuse_objects(path: Path, objects: Sequence[tuple[str, str]]) -> None:
    """Raises if there are any.

    Args:
        path: The file.
        objects: What lies where in the file, and its class: ('features_0', 'dlarray').

    Raises:
        XverifyError: There are objects; the hint has the MATLAB line for the first one.
    """
    if not objects:
        return
    listed = ", ".join(f"{name} ({kind})" for name, kind in objects[:3])
    more = f" and {len(objects) - 3} more" if len(objects) > 3 else ""
    raise XverifyError(
        f"{path} holds objects of MATLAB classes, not plain arrays: {listed}{more}.", _line_for(*objects[0])
    )


def _line_for(name: str, kind: str) -> str:
    # A path such as res{2} is nothing to save, and a network's name no name for a layer.
    variable = name if name.isidentifier() and kind in _ARRAYS else "features_0"
    line = (
        f"{variable} = {_ARRAYS.get(kind, 'single(gather(extractdata({})))').format(name if kind in _ARRAYS else 'Y')};"
    )
    save = f"save('activations.mat', '{variable}', ..., '-v6')"
    if kind in _ARRAYS:
        return f"In MATLAB: {line} then {save}"
    what = "A network is not what it computed" if kind in _NETWORKS else f"An object of class {kind} is no array"
    return f"{what}: leave it out. Save each layer's output Y as a plain array, in MATLAB: {line} then {save}"
