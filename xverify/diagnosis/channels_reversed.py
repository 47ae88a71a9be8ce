"""Channels of a weight in another order: reversed, or colours exchanged where there are three."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import permutations

from xverify.diagnosis.explanation import Explanation
from xverify.diagnosis.kernels.claim import Claim
from xverify.diagnosis.kernels.convolution import Convolution
from xverify.diagnosis.kernels.linear import Linear
from xverify.diagnosis.kernels.read_convolution import convolution_of
from xverify.diagnosis.kernels.read_linear import linear_of
from xverify.diagnosis.kernels.trial import Trial
from xverify.diagnosis.suspect import Suspect

Layer = Convolution | Linear

_COLOURS = (
    "MATLAB: imread gives RGB; X = X(:, :, [3 2 1], :) turns BGR into RGB.",
    "Python: OpenCV gives BGR, PIL and torchvision RGB: image[..., ::-1].",
    "PyTorch: weight[:, [2, 1, 0]] of the first convolution takes the other order instead.",
)


def channels_reversed(suspect: Suspect) -> Iterator[Explanation]:
    """For convolutions and fully connected layers."""
    layer = convolution_of(suspect) or linear_of(suspect)
    if layer is None:
        return
    trial = Trial(suspect, 1 if isinstance(layer, Convolution) else suspect.actual.ndim - 1)
    for claim, changed in (*_inputs(layer), *_outputs(layer)):
        value = trial.value(changed)
        if value is not None:
            yield claim.with_value(value)


def _inputs(layer: Layer) -> Iterator[tuple[Claim, Layer]]:
    """Each group of a grouped convolution has its own channels; reversing those of all groups together is another fault."""
    weight = layer.weight
    count = weight.shape[1]
    if count == 3 and isinstance(layer, Convolution) and layer.groups == 1:
        for order in permutations(range(3)):
            if order != (0, 1, 2):
                yield _colours(order), layer.with_weight(weight[:, list(order)])
    elif count > 1:
        claim = Claim(
            "input channels reversed",
            "The input's channels come in reverse order.",
            (
                "PyTorch: weight.flip(1) is the weight that was found.",
                "MATLAB: Weights' third dimension is PyTorch's second, in its order.",
            ),
        )
        yield claim, layer.with_weight(weight[:, ::-1])


def _colours(order: tuple[int, ...]) -> Claim:
    names = "".join("RGB"[channel] for channel in order)
    if order == (2, 1, 0):
        return Claim(
            "channels RGB/BGR", "The input's three channels come in reverse order: BGR instead of RGB.", _COLOURS
        )
    return Claim("channels permuted", f"The input's three channels come in another order: {names} for RGB.", _COLOURS)


def _outputs(layer: Layer) -> Iterator[tuple[Claim, Layer]]:
    if len(layer.weight) < 2:
        return
    turned = layer.with_weight(layer.weight[::-1])
    fix = (
        "PyTorch: weight.flip(0) is the weight that was found.",
        "MATLAB: Weights' last dimension is PyTorch's first, in its order.",
    )
    claim = Claim(
        "output channels reversed", "The weight's output channels are in reverse order, the bias is not.", fix
    )
    if layer.bias is None:
        yield replace(claim, statement="The weight's output channels are in reverse order."), turned
        return
    yield claim, turned
    statement = "The output channels of weight and bias are in reverse order."
    yield replace(claim, statement=statement), replace(turned, bias=layer.bias[::-1])
    yield (
        Claim("bias reversed", "The bias is in reverse order.", ("PyTorch: bias.flip(0) is the bias that was found.",)),
        replace(layer, bias=layer.bias[::-1]),
    )
