"""Steps that move elements: flattening, parts of an axis, one time step, and axes of size 1."""

from xverify.matlab_code.literals import row, text
from xverify.matlab_code.recurrent import time_step
from xverify.matlab_code.step import CodeLayer, Step, UnsupportedStepError, Written
from xverify.matlab_code.value import Operand, labels_without, normalised


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
    options = [("Formattable", "true")]
    return step.becomes(step.layer("functionLayer", [function], options, comment=comment, whole_time=True), "BC")


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


def slice_(step: Step) -> Written:
    """A range of one axis other than the batch."""
    value = step.ordered(step.data)
    starts, ends, axes, steps = (step.numbers("", f"operand_{place}") for place in (2, 3, 4, 5))
    if starts is None or ends is None or len(starts) != 1 or set(steps or [1.0]) != {1.0}:
        raise UnsupportedStepError("it takes parts of several axes, or not every element")
    axis = normalised((axes or [0.0])[0], len(value.labels))
    first, last, _ = slice(int(starts[0]), int(ends[0])).indices(value.shape[axis])
    layer = _part(step, step.name, axis, first, last)
    return Written((layer,), {step.output: _part_value(step, layer, axis, first, last)})


def split(step: Step) -> Written:
    """Parts of one axis other than the batch, one behind the other; one layer each."""
    value = step.ordered(step.data)
    axis = normalised(step.scalar("axis", 0), len(value.labels))
    sizes = step.numbers("split", "operand_2")
    if sizes is None:
        raise UnsupportedStepError("it does not say how large the parts are")
    layers, values, first = [], {}, 0
    for output, size in zip(step.operation.outputs, sizes, strict=True):
        last = first + int(size)
        name = output if output in step.shapes else step.fresh(output)
        layers.append(_part(step, name, axis, first, last))
        values[output] = _part_value(step, layers[-1], axis, first, last)
        first = last
    return Written(tuple(layers), values)


def _part(step: Step, name: str, axis: int, first: int, last: int) -> CodeLayer:
    value = step.data
    if value.labels[axis] not in "CST" or last <= first:
        raise UnsupportedStepError("it takes a part of the batch")
    index = [":"] * len(value.format)
    index[value.dimension(axis) - 1] = f"{first + 1}:{last}"
    arguments = (f"@(X) X({', '.join(index)})", f"'Name', {text(name)}")
    return CodeLayer(name, "functionLayer", arguments, (value.layer,), whole_time=value.labels[axis] == "T")


def _part_value(step: Step, layer: CodeLayer, axis: int, first: int, last: int) -> Operand:
    value = step.data
    shape = tuple(last - first if place == axis else size for place, size in enumerate(value.shape))
    return Operand(layer.name, value.labels, shape)


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


def identity(step: Step) -> Written:
    """Nothing."""
    return step.is_view_of(step.data, step.data.labels)
