"""What a bundle must be to be judged on a data set: one image in, one logit a class out, and a way from pixels to the input."""

from collections.abc import Sequence
from dataclasses import dataclass

from xverify.bundle.bundle import Bundle
from xverify.bundle.manifest import Layer, Preprocessing
from xverify.errors import XverifyError

Shape = tuple[int, int, int]


@dataclass(frozen=True)
class Classifier:
    """A bundle's network as a classifier.

    Attributes:
        shape: (C, H, W) of its input.
        batch: Samples of the export's inputs.
        output: The layer that holds the logits.
        outputs: How many classes it tells apart.
    """

    shape: Shape
    batch: int
    output: Layer
    outputs: int


def as_classifier(bundle: Bundle) -> Classifier:
    """Reads a bundle as a classifier of images.

    Raises:
        XverifyError: It has another number of inputs or outputs, or they are no images and no logits.
    """
    inputs, outputs = bundle.manifest.inputs, bundle.manifest.outputs
    layer = bundle.layers.get(outputs[0].layer) if len(outputs) == 1 else None
    is_image = len(inputs) == 1 and len(inputs[0].shape) == 4 and inputs[0].dtype == "float32"
    is_vector = layer is not None and len(layer.shape) == 2 and layer.dtype == "float32"
    if not is_image or not is_vector or inputs[0].shape[1] not in {1, 3} or inputs[0].shape[0] != layer.shape[0]:  # type: ignore[union-attr]
        shapes = ", ".join("x".join(map(str, item.shape)) for item in inputs)
        raise XverifyError(
            f"{bundle.path} is no classifier of images: its inputs are {shapes}, and it has {len(outputs)} outputs.",
            "A data set needs one input (N, 3, H, W) or (N, 1, H, W) and one output (N, classes).",
        )
    assert layer is not None
    if layer.shape[1] < 2:
        raise XverifyError(
            f"{bundle.path} gives one number an image: no class can win, and all decisions would be alike.",
            "A data set needs an output (N, classes) with two classes or more. `xverify compare` compares such values.",
        )
    batch, channels, height, width = inputs[0].shape
    return Classifier((channels, height, width), batch, layer, layer.shape[1])


def class_names(bundle: Bundle, known: Sequence[str], outputs: int) -> tuple[str, ...]:
    """A name for each output: the bundle's, else the data's, else its number.

    Raises:
        XverifyError: The bundle names another number of classes than it has outputs.
    """
    named = bundle.manifest.model.classes
    if named and len(named) != outputs:
        raise XverifyError(
            f"{bundle.path} names {len(named)} classes, and its network has {outputs} outputs.",
            "Export it again with --classes FILE, a name for each output.",
        )
    return tuple(named or (known if len(known) == outputs else map(str, range(outputs))))


def require_fit(preprocessing: Preprocessing, shape: Sequence[int]) -> None:
    """Refuses a preprocessing whose result is not the network's input.

    Args:
        preprocessing: What is done to images.
        shape: Of the network's input, batch included.

    Raises:
        XverifyError: As said.
    """
    channels = len(preprocessing.channels)
    wanted = "x".join(map(str, shape))
    if len(shape) != 4 or shape[1] != channels:
        raise XverifyError(
            f"The preprocessing gives images of {channels} channels ({preprocessing.channels}); the network takes {wanted}.",
            "Give --channels and as many means and deviations as the network has channels.",
        )
    size = preprocessing.size
    if size is not None and size != tuple(shape[2:]):
        raise XverifyError(
            f"The preprocessing gives images of {size[0]} x {size[1]} (height x width); the network takes {wanted}.",
            f"Export with --input {shape[0]}x{shape[1]}x{size[0]}x{size[1]}, or give --resize and --crop of the network's size.",
        )
    shorter = preprocessing.resize[0] if len(preprocessing.resize) == 1 and not preprocessing.crop else None
    if shorter is not None and min(shape[2:]) != shorter:
        raise XverifyError(
            f"The preprocessing makes the shorter side {shorter} pixels; the network takes {wanted}.",
            "Add --crop, or give the size of the network's input to --resize.",
        )
