"""An activation that is left out, or one that PyTorch does not have here: fused into the layer before it, or added."""

from collections.abc import Iterator

from xverify.diagnosis.explanation import Explanation
from xverify.diagnosis.kernels.activations import FAMILIES, TABLE, Activation, own, read_by
from xverify.diagnosis.kernels.sampling import LARGE, Places, fits, places, promising
from xverify.diagnosis.suspect import Suspect


def activation_missing(suspect: Suspect) -> Iterator[Explanation]:
    """Missing: for activations. Added: for every layer of floats."""
    if not suspect.same_shape or suspect.actual.dtype.kind != "f" or suspect.actual.size > LARGE:
        return
    yield from _missing(suspect)
    yield from _added(suspect)


def _missing(suspect: Suspect) -> Iterator[Explanation]:
    given = read_by(suspect)
    if given is not None and promising(suspect, given):
        right = own(suspect)
        yield Explanation(
            kind="activation missing",
            statement="The activation is missing: the values are its input's.",
            value=given,
            fix=(
                *(right.fix if right else (f"PyTorch: the layer is {suspect.layer.operation}.",)),
                "A recording may also have been taken before the activation: see which layer's output was saved.",
            ),
        )


def _added(suspect: Suspect) -> Iterator[Explanation]:
    spots = places(suspect.expected.shape)
    family = FAMILIES.get(suspect.layer.operation, "")
    fitting = [item for item in TABLE if item.family != family and _fits(suspect, item, spots)]
    for item in fitting:
        same = ", ".join(other.name for other in fitting if other is not item)
        yield Explanation(
            kind="activation added",
            statement=f"The values have gone through {item.name} that PyTorch does not have in this layer.",
            value=item(suspect.expected),
            fix=(
                "MATLAB: the layer was recorded after the activation that follows it, or has one of its own; record the layer itself.",
                "ONNX: an activation was fused into the layer: compare a file that was not optimised.",
            ),
            evidence=(f"{same[0].upper()}{same[1:]} would give the same values here.",) if same else (),
        )


def _fits(suspect: Suspect, item: Activation, spots: Places) -> bool:
    return fits(suspect, suspect.actual[spots], item(suspect.expected[spots]))
