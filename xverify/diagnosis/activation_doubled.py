"""An activation that is applied twice: a layer that has it built in, followed by it once more."""

from collections.abc import Iterator

from xverify.diagnosis.explanation import Explanation
from xverify.diagnosis.kernels.activations import own
from xverify.diagnosis.kernels.sampling import LARGE, promising
from xverify.diagnosis.suspect import Suspect


def activation_doubled(suspect: Suspect) -> Iterator[Explanation]:
    """For activations that are not their own square, as ReLU is."""
    if not suspect.same_shape or suspect.actual.size > LARGE:
        return
    function = own(suspect)
    if function is None:
        return
    value = function(suspect.expected)
    if promising(suspect, value):
        yield Explanation(
            kind="activation doubled",
            statement=f"The activation, {function.name}, is applied twice.",
            value=value,
            fix=(
                "MATLAB: take one of the two layers out, or record the first one.",
                "ONNX: one of the two nodes is too many.",
                *function.fix[:1],
            ),
        )
