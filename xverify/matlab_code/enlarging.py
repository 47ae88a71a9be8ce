"""Enlarging images to the nearest pixel or bilinearly, with PyTorch's positions.

MATLAB's resize2dLayer belongs to Image Processing Toolbox and rounds in other ways; indexing needs neither.
"""

from dataclasses import replace

from xverify.matlab_code.literals import number, text
from xverify.matlab_code.step import CodeLayer, Step, UnsupportedStepError, Written

NEIGHBOURS = "neighbours"
"""The function of the generated code that `_bilinear` calls."""


def resize(step: Step) -> Written:
    """The settings are those of PyTorch's upsample_nearest2d and, where there is align_corners, upsample_bilinear2d."""
    value = step.require_labels("BCSS")
    extents, sizes = value.shape[2:], step.shape[2:]
    steps = [_step(step, axis, extent, size) for axis, (extent, size) in enumerate(zip(extents, sizes, strict=True))]
    if step.attribute("align_corners") is not None:
        return _bilinear(step, steps)
    if any(size % extent for extent, size in zip(extents, sizes, strict=True)):
        return _nearest(step, steps)
    rows, columns = (f"ceil((1:{size}) / {size // extent})" for extent, size in zip(extents, sizes, strict=True))
    comment = "each pixel repeated; resize2dLayer would need Image Processing Toolbox"
    return step.becomes(
        step.layer("functionLayer", [f"@(X) X({rows}, {columns}, :, :)"], comment=comment), value.labels
    )


def _step(step: Step, axis: int, extent: int, size: int) -> float:
    """How far apart the pixels of the result lie in the image: a factor that is given counts, even if it does not fit exactly."""
    factors = step.numbers("scale_factors")
    factor = factors[axis] if factors else step.attribute(("scales_h", "scales_w")[axis])
    if isinstance(factor, str):
        raise UnsupportedStepError(f"its factor is {factor}")
    is_plain = not isinstance(factor, (int, float)) or size == extent
    doubled = step.attribute("align_corners") is None and size == 2 * extent
    if is_plain or doubled:
        return extent / size
    assert isinstance(factor, (int, float))
    return 1 / factor


def _nearest(step: Step, steps: list[float]) -> Written:
    names = [f"{step.name}_rows", f"{step.name}_columns"]
    setup = [
        f"{name} = min(floor(single(0:{size - 1}) * single({number(distance)})), {extent - 1}) + 1;"
        for name, size, extent, distance in zip(names, step.shape[2:], step.data.shape[2:], steps, strict=True)
    ]
    layer = step.layer("functionLayer", [f"@(X) X({names[0]}, {names[1]}, :, :)"], setup=setup)
    return step.becomes(layer, step.data.labels)


def _bilinear(step: Step, steps: list[float]) -> Written:
    """Rows first, then columns: each pixel lies between two."""
    corners = step.scalar("align_corners", 0) != 0
    rows = _between(step, 0, steps[0], corners=corners)
    columns = _between(step, 1, steps[1], corners=corners)
    first = replace(rows, name=step.fresh(f"{step.name}_rows"))
    first = replace(first, arguments=(rows.arguments[0], f"'Name', {text(first.name)}"))
    last = replace(columns, inputs=(first.name,))
    return Written((first, last), step.becomes(last, step.data.labels).values)


def _between(step: Step, axis: int, distance: float, *, corners: bool) -> CodeLayer:
    extent, size = step.data.shape[2 + axis], step.shape[2 + axis]
    low, high, weight = (f"{step.name}_{part}{axis + 1}" for part in ("low", "high", "weight"))
    turned = "'" if axis == 0 else ""
    if corners:
        positions = f"(0:{size - 1}){turned} * {number((extent - 1) / max(size - 1, 1))}"
    else:
        positions = f"max((0.5:{size}){turned} * {number(distance)} - 0.5, 0)"
    setup = f"[{low}, {high}, {weight}] = {NEIGHBOURS}({positions}, {extent});"
    first, second = (f"X({at}, :, :, :)" if axis == 0 else f"X(:, {at}, :, :)" for at in (low, high))
    function = f"@(X) {first} .* (1 - {weight}) ...\n      + {second} .* {weight}"
    return step.layer(
        "functionLayer", [function], setup=[setup], comment=f"bilinear, along the {('height', 'width')[axis]}"
    )
