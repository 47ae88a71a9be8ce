"""Which layout an operation's parameters have: the one place that knows all layer kinds."""

from collections.abc import Callable, Mapping
from typing import Any

from numpy.typing import NDArray

from xverify.layouts.as_is import AsIs
from xverify.layouts.axis_layout import AxisLayout, Shapes
from xverify.layouts.batch_normalization import BatchNormalization
from xverify.layouts.convolution import Convolution
from xverify.layouts.embedding import Embedding
from xverify.layouts.group_normalization import GroupNormalization
from xverify.layouts.grouped_convolution import GroupedConvolution
from xverify.layouts.gru import GRU
from xverify.layouts.layer_normalization import LayerNormalization
from xverify.layouts.layout import Layout
from xverify.layouts.linear import Linear
from xverify.layouts.lstm import LSTM
from xverify.layouts.prelu import PReLU
from xverify.layouts.transposed_convolution import TransposedConvolution

Attributes = Mapping[str, Any]


def layout_for(operation: str, attributes: Attributes, parameters: Mapping[str, NDArray[Any]]) -> Layout:
    """Chooses the layout of one operation's parameters.

    Args:
        operation: ATen's name without namespace and overload: 'conv2d'.
        attributes: All optional. `groups` (1) and `transposed` (False) of a convolution; `spatial_rank` (2) of the
            input of a normalization or PReLU: the number of its axes besides batch and channel. A convolution's rank
            is that of its weight; a recurrent layer's layers and directions are those of its parameters.
        parameters: PyTorch's role ('weight', 'running_mean', 'bias_ih_l0') -> array; only the shapes are used. The
            weight of 'addmm' is the module's, (out, in), which reaches the operation transposed: one that is used as
            it is must come under another operation's name, such as 'mm'.

    Returns:
        A layout for exactly these shapes; `AsIs`, whose `reason` says why, where no MATLAB layer holds the parameters.

    Example:
        >>> import numpy as np
        >>> layout = layout_for("conv2d", {}, {"weight": np.zeros((8, 3, 5, 7), np.float32)})
        >>> layout.matlab_layer
        'convolution2dLayer'
        >>> layout.to_matlab({"weight": np.zeros((8, 3, 5, 7), np.float32)})["Weights"].array.shape
        (5, 7, 3, 8)
    """
    shapes = {role: array.shape for role, array in parameters.items()}
    if operation not in LAYOUTS:
        return AsIs(shapes, f"no MATLAB layer holds the parameters of {operation}")
    layout = LAYOUTS[operation](shapes, attributes)
    reason = layout.misfit()
    return AsIs(shapes, reason) if reason else layout


def _convolution(shapes: Shapes, attributes: Attributes) -> AxisLayout:
    if "weight" not in shapes:
        return AsIs(shapes, "the weight of the convolution is not among the parameters")
    spatial_rank = len(shapes["weight"]) - 2
    groups = attributes.get("groups", 1)
    if attributes.get("transposed", False):
        return _transposed_convolution(shapes, spatial_rank, groups)
    if groups == 1:
        return Convolution(shapes, spatial_rank)
    if spatial_rank == 2:
        return GroupedConvolution(shapes, groups)
    return AsIs(shapes, f"MATLAB has no grouped convolution of {spatial_rank} dimensions")


def _transposed_convolution(shapes: Shapes, spatial_rank: int, groups: int) -> AxisLayout:
    if groups == 1:
        return TransposedConvolution(shapes, spatial_rank)
    return AsIs(shapes, "MATLAB's transposed convolution has no groups")


def _linear(shapes: Shapes, _: Attributes) -> AxisLayout:
    if "bias" in shapes and shapes["bias"] != shapes.get("weight", shapes["bias"])[:1]:
        return AsIs(shapes, "the weight is not (out, in) beside its bias")
    return Linear(shapes)


def _batch_normalization(shapes: Shapes, attributes: Attributes) -> AxisLayout:
    return BatchNormalization(shapes, _spatial_rank(attributes))


def _layer_normalization(shapes: Shapes, _: Attributes) -> AxisLayout:
    if any(len(shape) > 1 for shape in shapes.values()):
        return AsIs(shapes, "MATLAB's layer normalization has one scale a channel, this one has one an element")
    return LayerNormalization(shapes)


def _group_normalization(shapes: Shapes, attributes: Attributes) -> AxisLayout:
    return GroupNormalization(shapes, "groupNormalizationLayer", _spatial_rank(attributes))


def _instance_normalization(shapes: Shapes, attributes: Attributes) -> AxisLayout:
    return GroupNormalization(shapes, "instanceNormalizationLayer", _spatial_rank(attributes))


def _prelu(shapes: Shapes, attributes: Attributes) -> AxisLayout:
    return PReLU(shapes, _spatial_rank(attributes))


def _embedding(shapes: Shapes, _: Attributes) -> AxisLayout:
    return Embedding(shapes)


def _lstm(shapes: Shapes, _: Attributes) -> AxisLayout:
    return LSTM(shapes)


def _gru(shapes: Shapes, _: Attributes) -> AxisLayout:
    return GRU(shapes)


def _spatial_rank(attributes: Attributes) -> int:
    return int(attributes.get("spatial_rank", 2))


LAYOUTS: dict[str, Callable[[Shapes, Attributes], AxisLayout]] = {
    "conv1d": _convolution,
    "conv2d": _convolution,
    "conv3d": _convolution,
    "convolution": _convolution,
    "linear": _linear,
    "addmm": _linear,
    "batch_norm": _batch_normalization,
    "_native_batch_norm_legit_no_training": _batch_normalization,
    "layer_norm": _layer_normalization,
    "native_layer_norm": _layer_normalization,
    "group_norm": _group_normalization,
    "native_group_norm": _group_normalization,
    "instance_norm": _instance_normalization,
    "prelu": _prelu,
    "_prelu_kernel": _prelu,
    "embedding": _embedding,
    "lstm": _lstm,
    "gru": _gru,
}
