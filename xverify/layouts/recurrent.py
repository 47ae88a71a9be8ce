"""How PyTorch names the parameters of recurrent layers: what the LSTM's and the GRU's layouts share."""

from xverify.layouts.axis_layout import Shapes

REVERSE = "_reverse"


def cell_suffixes(shapes: Shapes) -> tuple[str, ...]:
    """One suffix a layer and direction, in PyTorch's order: '_l0', '_l0_reverse', '_l1', ..."""
    return tuple(role.removeprefix("weight_ih") for role in shapes if role.startswith("weight_ih"))
