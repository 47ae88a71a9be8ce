"""The preprocessing of an export: what the user says, else what is known of the network."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from xverify.bundle.manifest import Preprocessing
from xverify.errors import XverifyError

_NORMALIZE = (
    "Give means and deviations of pixels from 0 to 1, one a channel: --normalize 0.485,0.456,0.406/0.229,0.224,0.225"
)


@dataclass(frozen=True)
class PreprocessingOptions:
    """What the command line says, as it says it; '' where it does not."""

    normalize: str = ""
    resize: str = ""
    crop: str = ""
    interpolation: str = ""
    channels: str = ""

    @property
    def given(self) -> bool:
        """Whether anything was said."""
        return any((self.normalize, self.resize, self.crop, self.interpolation, self.channels))


NOTHING_SAID = PreprocessingOptions()


def parse_preprocessing(options: PreprocessingOptions, known: Preprocessing | None) -> Preprocessing:
    """The record that the options make; what they leave out is the known one's, if there is one.

    Raises:
        XverifyError: An option cannot be read, or they do not fit each other.
    """
    fields: dict[str, Any] = {} if known is None else dict(msgspec.to_builtins(known))
    if options.normalize:
        fields["mean"], fields["std"] = _normalize(options.normalize)
    if options.resize:
        fields["resize"] = _sizes("--resize", options.resize, (1, 2))
    if options.crop:
        fields["crop"] = _sizes("--crop", options.crop, (1, 2))
        fields["crop"] = fields["crop"] * 2 if len(fields["crop"]) == 1 else fields["crop"]
    if options.interpolation:
        fields["interpolation"] = options.interpolation
    if options.channels:
        fields["channels"] = options.channels
    elif known is None:
        fields["channels"] = "L" if len(fields.get("mean", ())) == 1 else "RGB"
    if "mean" not in fields:
        raise XverifyError("The preprocessing lacks its mean and deviation.", _NORMALIZE)
    return as_preprocessing(fields)


def as_preprocessing(value: Any) -> Preprocessing:
    """A record, or a dict with its fields, as the Python API takes it.

    Raises:
        XverifyError: The fields are not those of a preprocessing.
    """
    try:
        return msgspec.convert(msgspec.to_builtins(value), Preprocessing)
    except (msgspec.ValidationError, TypeError) as error:
        raise XverifyError(f"This is no preprocessing: {error}.", _NORMALIZE) from error


def _normalize(text: str) -> tuple[tuple[float, ...], tuple[float, ...]]:
    mean, slash, std = text.partition("/")
    try:
        values = tuple(tuple(float(item) for item in part.split(",")) for part in (mean, std))
    except ValueError:
        values = ((), ())
    if not slash or len(values[0]) != len(values[1]) or len(values[0]) not in {1, 3}:
        raise XverifyError(f"--normalize '{text}' is not MEAN/STD.", _NORMALIZE)
    return values[0], values[1]


def _sizes(option: str, text: str, counts: tuple[int, ...]) -> tuple[int, ...]:
    if not re.fullmatch(r"[1-9]\d{0,5}(x[1-9]\d{0,5})?", text):
        raise XverifyError(f"{option} '{text}' is no size.", f"Give one number, or HEIGHTxWIDTH: {option} 224x224")
    sizes = tuple(int(part) for part in text.split("x"))
    assert len(sizes) in counts
    return sizes


@dataclass(frozen=True)
class Known:
    """A preprocessing that the source of a network tells, and how we know; None and why not."""

    preprocessing: Preprocessing | None
    note: str = ""


def known_preprocessing(source: str, weights: Path | None, shape: tuple[int, ...]) -> Known:
    """What is known of a network's preprocessing from how it was named.

    Args:
        source: MODEL of the command line.
        weights: Its weights file.
        shape: Of the only input, batch included.
    """
    from xverify.models.trained_runs import is_run

    is_cifar = source == "cifar10" or (source.startswith("cifar10:") and not source[8:].isidentifier())
    if is_cifar or is_run(Path(source)):
        return Known(
            Preprocessing("RGB", (0.5,) * 3, (0.5,) * 3), "images are scaled to [-1, 1], as `xverify train` does"
        )
    if source.startswith("torchvision:") and weights is not None:
        return _of_torchvision(source.partition(":")[2], weights, shape)
    return Known(None)


def _of_torchvision(name: str, weights: Path, shape: tuple[int, ...]) -> Known:
    from xverify.models.torchvision_models import published_transforms
    from xverify.models.weights_file import file_sha256

    published = published_transforms(name, file_sha256(weights))
    if published is None:
        return Known(None)
    size = published.resize if len(published.resize) < 2 else published.resize[:2]
    found = Preprocessing(
        "RGB",
        published.mean,
        published.std,
        size,
        published.crop,
        published.interpolation,  # type: ignore[arg-type]
    )
    if found.size != tuple(shape[2:]):
        crop = "x".join(map(str, published.crop))
        return Known(None, f"no preprocessing is stored: {published.name} has images of {crop}, this export has others")
    exactly = "" if published.exact else f" (assumed: {weights.name} is no file of torchvision's)"
    return Known(found, f"preprocessing is that of torchvision's {published.name}{exactly}")
