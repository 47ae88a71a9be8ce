"""What may be wrong with an LSTM and with a GRU alike: the order of the gates, and the recurrent weights."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from xverify.diagnosis.kernels.claim import Claim
from xverify.diagnosis.kernels.gates import orders, recurrent_transposed, reordered
from xverify.diagnosis.kernels.recurrent import Recurrent
from xverify.diagnosis.kernels.recurrent_trial import Changes, mapped


def gate_orders(
    layer: Recurrent, gates: str, known: tuple[str, str], fix: tuple[str, ...]
) -> Iterator[tuple[Claim, Changes]]:
    """The gates in every other order.

    Args:
        layer: As PyTorch has it.
        gates: PyTorch's order, a letter a gate.
        known: An order that others use, and who: it is tried first.
        fix: What to do.
    """
    order, users = known
    for name, blocks in sorted(orders(gates), key=lambda item: item[0] != order):
        who = f" ({users})" if name == order else ""
        statement = f"The gates are taken in the order {', '.join(name)}{who} instead of {', '.join(gates)}."
        yield Claim("gate order", statement, fix), mapped(layer, partial(reordered, blocks=blocks))


def recurrent_weights(layer: Recurrent, gates: int) -> Iterator[tuple[Claim, Changes]]:
    """The recurrent weights of each of the gates transposed, or taken for the input's where they have the same shape."""
    fix = (
        f"MATLAB: RecurrentWeights is weight_hh_l0 as it is, ({gates} * hidden, hidden).",
        "PyTorch: weight_hh_l0.",
    )
    claim = Claim("recurrent weights transposed", "Each gate's recurrent weights are transposed.", fix)
    yield claim, mapped(layer, recurrent_transposed)
    if all(cell.weight.shape == cell.recurrent.shape for cells in layer.cells for cell in cells):
        claim = Claim("recurrent weights exchanged", "The weights of input and hidden state are exchanged.", fix)
        yield claim, mapped(layer, lambda cell: replace(cell, weight=cell.recurrent, recurrent=cell.weight))
