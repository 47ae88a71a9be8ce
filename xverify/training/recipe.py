"""The settings that decide a training run's result, and the seeds that follow from them."""

import hashlib
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from xverify.errors import XverifyError
from xverify.models.cifar import parse_network

Precision = Literal["fp32", "bf16", "auto"]
OptimizerName = Literal["adam", "adamw", "sgd"]
ScheduleName = Literal["constant", "cosine", "one_cycle"]
Convolution = Literal["direct", "winograd", "auto"]

Count = Annotated[int, Meta(ge=1)]
Positive = Annotated[float, Meta(gt=0)]
NotNegative = Annotated[float, Meta(ge=0)]
Share = Annotated[float, Meta(ge=0, lt=1)]


class Recipe(msgspec.Struct, frozen=True, kw_only=True):
    """How to train; the defaults are the published recipe (Adam, no augmentation, no schedule).

    Attributes:
        network: The member of the CIFAR-10 family, as `parse_network` reads it.
        epochs: Passes over the training images.
        batch_size: Images a step.
        learning_rate: The optimizer's; with a schedule, its peak.
        seed: Decides weights, shuffling, augmentation, dropout and the held-out images.
        precision: bf16 trains under autocast; auto is bf16 where the device computes it in hardware, else fp32.
        optimizer: adam adds its weight decay to the gradient, as torch does; adamw and sgd decay the weights themselves
            (for sgd both are the same).
        momentum: Of sgd; adam and adamw have torch's default moments.
        nesterov: Of sgd.
        weight_decay: Per step and unit of learning rate.
        decay_all: Whether norms and biases decay too, as in torch's default.
        schedule: Of the learning rate, over all steps of the run: after the warm-up it is constant, falls to zero as a
            half cosine, or (one_cycle) falls to zero in a straight line.
        warmup: The share of all steps in which the learning rate rises from zero in a straight line.
        crop: Each image is moved by up to so many pixels in each direction; 0 is off.
        flip: Whether half of the images, at random, are mirrored left to right.
        label_smoothing: The share of the target that is spread over all classes.
        average: Decay a step of the exponential moving average of the weights, which is what is evaluated and kept; 0 is
            off.
        channels_last: Whether activations lie in memory with their channels last.
        convolution: How wide 3 x 3 convolutions are summed while training: winograd has a quarter of the multiplications
            and rounds more; auto is winograd on a CPU in fp32, else direct.
    """

    network: str = "5-3-dropout-norm"
    epochs: Count = 30
    batch_size: Count = 60
    learning_rate: Positive = 0.0005
    seed: int = 0
    precision: Precision = "fp32"
    optimizer: OptimizerName = "adam"
    momentum: Share = 0.0
    nesterov: bool = False
    weight_decay: NotNegative = 0.0
    decay_all: bool = True
    schedule: ScheduleName = "constant"
    warmup: Share = 0.0
    crop: Annotated[int, Meta(ge=0)] = 0
    flip: bool = False
    label_smoothing: Share = 0.0
    average: Share = 0.0
    channels_last: bool = True
    convolution: Convolution = "direct"


FIELDS = tuple(field.name for field in msgspec.structs.fields(Recipe))


def changed(recipe: Recipe, changes: dict[str, Any]) -> Recipe:
    """The recipe with other values for some fields, all checked.

    Raises:
        XverifyError: a value that the field does not take, or fields that contradict each other.
    """
    try:
        result = msgspec.convert({**msgspec.structs.asdict(recipe), **changes}, Recipe)
    except msgspec.ValidationError as error:
        raise XverifyError(f"The recipe is not valid: {_plainly(error)}.", "") from error
    parse_network(result.network)
    if result.nesterov and not (result.optimizer == "sgd" and result.momentum):
        raise XverifyError("nesterov = true needs optimizer = sgd and a momentum.", "Set both, or nesterov = false.")
    if result.momentum and result.optimizer != "sgd":
        raise XverifyError(
            f"The optimizer {result.optimizer} has no momentum of its own.", "Set momentum = 0, or optimizer = sgd."
        )
    if result.convolution == "winograd" and result.precision == "bf16":
        raise XverifyError(
            "convolution = winograd computes in float32, and precision = bf16 does not.",
            "Set convolution = auto, which takes what fits the precision.",
        )
    return result


def _plainly(error: msgspec.ValidationError) -> str:
    """`batch_size: expected `int`, got `str`` of msgspec's "Expected `int`, got `str` - at `$.batch_size`"."""
    text, _, place = str(error).partition(" - at `$.")
    return f"{place.rstrip('`')}: {text[0].lower()}{text[1:]}" if place else text


def derived_seed(seed: int, purpose: str, epoch: int = 0) -> int:
    """A seed for one purpose in one epoch.

    Every epoch has seeds of its own, so a resumed run needs no generator state to continue exactly where it stopped.
    """
    digest = hashlib.sha256(f"{seed}/{purpose}/{epoch}".encode()).digest()
    return int.from_bytes(digest[:8]) >> 1  # torch takes signed 64-bit seeds
