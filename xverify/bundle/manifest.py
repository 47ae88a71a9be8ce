"""manifest.json: what a bundle holds, as typed records that are validated on reading.

The manifest is the contract between the machine that exports and every machine that compares. It is versioned: a reader
refuses a version that it does not know, because a field that it silently ignored could be the one that decides a verdict.
"""

import math
import re
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

FORMAT_VERSION: Literal[1] = 1

LAYER_ID = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,19}\Z")
# \Z and not $, which would let a newline stand at the end.
Sha256 = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}\Z")]
LayerId = Annotated[str, Meta(pattern=r"^[A-Za-z][A-Za-z0-9_]{0,19}\Z")]
BaseName = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.\-]*\Z")]
"""A file of the bundle: a bare base name, so that no manifest can point outside its folder."""
ElementType = Annotated[str, Meta(pattern=r"^(bool|u?int(8|16|32|64)|float(32|64))\Z")]
"""numpy's name of the type of a recorded value."""
Shape = tuple[Annotated[int, Meta(ge=0)], ...]
NonNegative = Annotated[float, Meta(ge=0)]


class Record(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What all records share: frozen, and strict about unknown fields."""


class StoredArray(Record, frozen=True):
    """Where one array lies in a .mat file of the bundle.

    `shape` is PyTorch's; `permutation` takes PyTorch's axes to MATLAB's (`numpy.transpose(array, permutation)`), and the
    result lies at `offset` in MATLAB's column-major order. The offset lets a reader map one array without parsing the
    file; the file's hash in the manifest guarantees that it is the right one.
    """

    file: BaseName
    variable: str
    offset: Annotated[int, Meta(ge=0)]
    shape: Shape
    dtype: ElementType
    permutation: tuple[int, ...]
    dims: str
    matlab_dims: str


class Input(Record, frozen=True):
    """One input of the network. `name` is what PyTorch and ONNX call it, `id` its variable in reference.mat."""

    id: LayerId
    name: str
    onnx_tensor: str
    dtype: ElementType
    shape: Shape
    dims: str
    array: StoredArray


class Error(Record, frozen=True):
    """A difference between two arrays of one shape: the largest, and the root mean square."""

    max: NonNegative
    rms: NonNegative


class NoiseFloor(Record, frozen=True):
    """The rounding that any correct float32 implementation may show (design: docs/explanation/tolerances.md).

    `accumulated` is for the whole network run, `local` for the layer alone on recorded inputs; None where float64 truth
    was not available (`unavailable` says why).
    """

    accumulated: Error | None
    local: Error | None
    unavailable: str = ""


class ChannelTolerances(Record, frozen=True):
    """One tolerance a channel, where channels differ so much in size that one for all would hide a small channel's fault."""

    axis: int
    """PyTorch's axis of the channels."""
    local: tuple[NonNegative, ...]
    accumulated: tuple[NonNegative, ...]


class Tolerance(Record, frozen=True):
    """The largest absolute error with which a layer still passes, and why. 0 asks for equality."""

    local: NonNegative
    accumulated: NonNegative
    reason: str
    accumulated_ill_conditioned: bool = False
    local_ill_conditioned: bool = False
    channels: ChannelTolerances | None = None


class Layer(Record, frozen=True):
    """One observable value of the network."""

    id: LayerId
    module_path: str
    module_type: str
    fx_node: str
    source_line: str
    operation: str
    onnx_tensor: str
    """The value's name in model.onnx; '' when it is not a value there (then it is an alias, or cannot be compared)."""
    alias_of: str
    """Id of the surviving layer (or input) whose value this layer's equals, when a pass removed its node; else ''."""
    matlab_layer: str
    matlab_note: str
    """Why `matlab_layer` is empty."""
    shape: Shape
    dims: str
    dtype: ElementType
    inputs: tuple[str, ...]
    """Ids of the layers and inputs that it reads."""
    parameters: tuple[str, ...]
    """Names in the state_dict of the parameters and buffers that it reads."""
    array: StoredArray
    magnitude: NonNegative
    """Largest magnitude; for a linear operation with few outputs that of op(|x|, |w|) + |b|, in the value's units."""
    rms: NonNegative
    all_zero: bool
    noise_floor: NoiseFloor
    tolerance: Tolerance
    notes: tuple[str, ...] = ()
    settings: dict[str, float | str | tuple[float, ...]] = {}
    """Arguments of the operation, under PyTorch's names: stride, padding, eps."""


class Output(Record, frozen=True):
    """One output of the network, in the model's order: its name and the layer that holds its value."""

    name: str
    layer: str


class MatlabParameter(Record, frozen=True):
    """Where a parameter went in weights.mat: the key in `parameters`, its property and its axes on both sides."""

    key: str
    property: str
    axes: str


class Parameter(Record, frozen=True):
    """One parameter or buffer of the PyTorch model."""

    name: str
    shape: tuple[int, ...]
    dtype: str
    sha256: Sha256
    initializers: tuple[str, ...]
    """Initializers of model.onnx that hold it or that were computed from it."""
    matlab: tuple[MatlabParameter, ...]


class Initializer(Record, frozen=True):
    """One initializer of model.onnx, checked bit for bit by `compare`.

    `derivation` says how it was made: 'identical' (the parameter's own bytes), a chain such as 'Transpose(1,0)'
    (recomputed from the state_dict at export), 'folded' (the exporter computed it from `parameters`), or 'constant'.
    """

    name: str
    shape: tuple[int, ...]
    dtype: str
    sha256: Sha256
    parameters: tuple[str, ...]
    derivation: str


class Model(Record, frozen=True):
    """What was exported, and how to say it again."""

    name: str
    source: str
    weights: str
    """Which weights: a file's name and hash, 'seeded, randomised', or 'as given'."""
    opset: int
    ir_version: int
    classes: tuple[str, ...] = ()
    release: str = ""
    """The MATLAB release that model.onnx was made for."""


class Preprocessing(Record, frozen=True):
    """From a decoded image (uint8) to the network's input, step by step in this order.

    Colour mode, resizing, cropping, channel order, then `(x / scale - mean) / std` in float32, each constant rounded to float32
    first. Both sides compute it in the same steps, so that the network's input is the same to the bit.

    Raises:
        ValueError: The numbers do not fit each other (msgspec names the field on reading).
    """

    channels: Literal["RGB", "BGR", "L"]
    """The network's channel order; L is one channel of grey."""
    mean: tuple[float, ...]
    """One a channel, in the network's order."""
    std: tuple[float, ...]
    resize: tuple[Annotated[int, Meta(ge=1)], ...] = ()
    """Empty: none. One number: the shorter side, in pixels. Two: height and width."""
    crop: tuple[Annotated[int, Meta(ge=1)], ...] = ()
    """Empty: none. Two numbers: height and width of the centre that is kept."""
    interpolation: Literal["nearest", "bilinear", "bicubic"] = "bilinear"
    """Pillow's, which averages where it shrinks."""
    scale: Annotated[float, Meta(gt=0)] = 255.0

    def __post_init__(self) -> None:
        count = len(self.channels)
        if len(self.mean) != count or len(self.std) != count:
            raise ValueError(
                f"{self.channels} has {count} channels, and there are {len(self.mean)} means and {len(self.std)} deviations"
            )
        if not all(math.isfinite(value) for value in (*self.mean, *self.std)) or 0.0 in self.std:
            raise ValueError("means must be finite numbers, and deviations finite and not 0")
        if not all(value == 0 or 2.0**-126 <= abs(value) < 2.0**128 for value in (self.scale, *self.mean, *self.std)):
            raise ValueError(
                "means and deviations must be within the range of single precision, in which they are used"
            )
        if len(self.resize) > 2 or len(self.crop) not in {0, 2}:
            raise ValueError("resize has none, one or two numbers, and crop none or two")

    @property
    def size(self) -> tuple[int, int] | None:
        """Height and width of what comes out, where that is the same for all images."""
        fixed = self.crop or (self.resize if len(self.resize) == 2 else ())
        return (fixed[0], fixed[1]) if fixed else None


class Noise(Record, frozen=True):
    """How the noise floors were measured."""

    k_local: float
    k_accumulated: float
    noise_runs: int
    float64: bool
    notes: tuple[str, ...] = ()


class Environment(Record, frozen=True):
    """Where and how the bundle was made: what a reader needs to reproduce a number."""

    xverify: str
    python: str
    torch: str
    onnx: str
    onnxruntime: str
    numpy: str
    platform: str
    cpu: str
    cpu_capability: str
    torch_threads: int
    seed: int
    date: str
    command: str


class Manifest(Record, frozen=True):
    """manifest.json."""

    format_version: Literal[1]
    bundle_id: str
    model: Model
    inputs: tuple[Input, ...]
    outputs: tuple[Output, ...]
    layers: tuple[Layer, ...]
    """In topological order."""
    parameters: tuple[Parameter, ...]
    initializers: tuple[Initializer, ...]
    noise: Noise
    environment: Environment
    files: dict[BaseName, Sha256]
    warnings: tuple[str, ...] = ()
    preprocessing: Preprocessing | None = None
    """From an image to the network's input, where the export was told or knew."""


def encode(manifest: Manifest) -> bytes:
    """The manifest as indented JSON, in UTF-8."""
    return msgspec.json.format(msgspec.json.encode(manifest), indent=1) + b"\n"
