"""What to call a layer's axes: by what they mean where the program says so, else by their number."""

from collections.abc import Sequence

_NAMES = {"N": "the batch", "C": "channels", "H": "height", "W": "width", "D": "depth", "L": "length", "T": "time"}


def axis_name(dims: str, axis: int) -> str:
    """One axis: 'channels', or 'axis 1' where its meaning is not known. Axes count from 0, as in PyTorch."""
    return _NAMES.get(dims[axis], f"axis {axis}") if axis < len(dims) else f"axis {axis}"


def axis_list(dims: str, axes: Sequence[int]) -> str:
    """Several axes: 'height and width'."""
    names = [axis_name(dims, axis) for axis in axes]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def channel_axis(dims: str, rank: int) -> int | None:
    """Which axis holds the channels: what the program says, else the second as everywhere in PyTorch; None without one."""
    found = dims.find("C")
    if found >= 0:
        return found
    return 1 if rank >= 2 else None


def spatial_axes(dims: str, rank: int) -> tuple[int, ...]:
    """The axes along which neighbours are neighbours: what the program says, else all after the second."""
    if dims:
        return tuple(axis for axis, name in enumerate(dims) if name not in "NC")
    return tuple(range(2, rank))
