"""Steps that move elements: flattening, one time step, axes of size 1, and enlarging."""

from xverify.matlab_code.literals import row
from xverify.matlab_code.recurrent import time_step
from xverify.matlab_code.step import Step, UnsupportedStepError, Written
from xverify.matlab_code.value import labels_without, normalised


def flatten(step: Step) -> Written:
    """flattenLayer, whose element order is MATLAB's, where fully connected layers alone read it: their columns follow.

    Any other reader needs PyTorch's order, in which width varies fastest: then a functionLayer turns the array first.
    """
    value = step.ordered(step.data)
    if normalised(step.scalar("axis", 1), len(value.labels)) != 1 or value.labels[:1] != "B":
        raise UnsupportedStepError("it joins the batch with other axes")
    sizes = (*value.size("S"), *value.size("C"))
    if "T" in value.labels:
        return _flatten_time(step)
    if value.format == "CB" or set(sizes[:-1]) <= {1}:
        return step.becomes(step.layer("flattenLayer"), "BC")
    if step.columns:
        return step.becomes(step.layer("flattenLayer"), "BC", sizes)
    count = len(sizes)
    turned = {2: [1, 2, 3], 3: [2, 1, 3, 4], 4: [2, 1, 3, 4, 5]}[count]
    function = f"@(X) dlarray(reshape(permute(stripdims(X), {row(turned)}), [], size(X, {count + 1})), 'CB')"
    layer = step.layer(
        "functionLayer",
        [function],
        [("Formattable", "true")],
        comment="flatten in PyTorch's order, width fastest; flattenLayer has height fastest",
    )
    return step.becomes(layer, "BC")


def _flatten_time(step: Step) -> Written:
    """A sequence has a time axis in MATLAB, which flattenLayer leaves alone."""
    orders = {
        "BCT": [3, 1, 2],
        "BTC": [1, 3, 2],
    }  # of C x B x T: what varies fastest in PyTorch comes first, batch last
    if step.data.labels not in orders:
        raise UnsupportedStepError(f"it flattens the axes {step.data.labels}")
    function = f"@(X) dlarray(reshape(permute(stripdims(X), {row(orders[step.data.labels])}), [], size(X, 2)), 'CB')"
    comment = "flatten channels and time in PyTorch's order; flattenLayer leaves time alone"
    return step.becomes(step.layer("functionLayer", [function], [("Formattable", "true")], comment=comment), "BC")


def gather(step: Step) -> Written:
    """One position of one axis: a time step, or the only position of an axis of size 1."""
    value = step.ordered(step.data)
    if not step.has("operand_2") or step.array("operand_2").size != 1:
        raise UnsupportedStepError("it takes several positions")
    if len(step.shape) != len(value.labels) - 1:
        raise UnsupportedStepError("it keeps the axis that it takes a position of")
    axis = normalised(step.scalar("axis", 0), len(value.labels))
    return _position(step, axis, int(step.array("operand_2").ravel()[0]))


def _position(step: Step, axis: int, index: int) -> Written:
    value = step.data
    left = labels_without(value.labels, [axis])
    if value.labels[axis] == "1":
        return step.is_view_of(value, left)
    if value.labels[axis] != "T":
        raise UnsupportedStepError("it takes a part of the batch, the channels or the pixels")
    position = index % value.shape[axis] + 1
    is_last = position == value.shape[axis]
    return step.becomes(time_step(step.name, value.layer, 0 if is_last else position), left)


def unsqueeze(step: Step) -> Written:
    """New axes of size 1: MATLAB's array stays."""
    labels = list(step.data.labels)
    for axis in sorted(normalised(axis, len(step.shape)) for axis in _axes(step)):
        labels.insert(axis, "1")
    return step.is_view_of(step.data, "".join(labels))


def squeeze(step: Step) -> Written:
    """Axes of size 1 go: MATLAB's array stays, but a flattenLayer takes away its spatial dimensions."""
    value = step.data
    axes = [normalised(axis, len(value.labels)) for axis in _axes(step)]
    if any(value.labels[axis] not in "1S" or value.shape[axis] != 1 for axis in axes):
        raise UnsupportedStepError("it removes the batch, the channels or time")
    left = labels_without(value.labels, axes)
    if "S" in value.labels and left == "BC":
        return step.becomes(step.layer("flattenLayer"), left)
    if "S" in {value.labels[axis] for axis in axes}:
        raise UnsupportedStepError("it removes some of the spatial axes")
    return step.is_view_of(value, left)


def _axes(step: Step) -> list[float]:
    axes = step.numbers("axes", "operand_2")
    if axes is None:
        raise UnsupportedStepError("it does not say which axes")
    return axes


def resize(step: Step) -> Written:
    """Nearest pixels for whole factors, by indexing. MATLAB's resize2dLayer needs Image Processing Toolbox, and rounds otherwise."""
    value = step.require_labels("BCSS")
    (height, width), (rows, columns) = value.shape[2:], step.shape[2:]
    if step.attribute("align_corners") is not None or rows % height or columns % width:
        raise UnsupportedStepError("Deep Learning Toolbox alone enlarges by whole factors to the nearest pixel")
    function = f"@(X) X(ceil((1:{rows}) / {rows // height}), ceil((1:{columns}) / {columns // width}), :, :)"
    comment = "each pixel repeated; resize2dLayer would need Image Processing Toolbox"
    return step.becomes(step.layer("functionLayer", [function], comment=comment), value.labels)


def identity(step: Step) -> Written:
    """Nothing."""
    return step.is_view_of(step.data, step.data.labels)
