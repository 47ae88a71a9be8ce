"""Operators that move elements: more axes than an image has, singletons, scalars, empty arrays."""

from collections.abc import Iterator

import numpy as np
import torch.nn.functional as F
from operator_case import Case, by_reference, by_torch, ints, numbers, scalar

INT64_MAX, INT64_MIN = np.iinfo(np.int64).max, np.iinfo(np.int64).min


def shapes() -> Iterator[Case]:
    x = numbers(2, 3, 1, 4, 1, 5)
    for perm in ((0, 1, 3, 2, 4, 5), (5, 4, 3, 2, 1, 0), (2, 4, 0, 1, 3, 5), (0, 3, 1, 5, 2, 4)):
        yield by_reference("Transpose", x, perm=perm)
    yield by_reference("Transpose", numbers(1, 1, 3, 1), perm=(1, 0, 3, 2))
    yield by_reference("Transpose", numbers(4), perm=(0,))
    yield by_reference("Transpose", scalar(3))
    for shape in ((6, 20), (1, 2, 3, 2, 2, 5, 1), (-1,), (0, -1), (120, 1, 1)):
        yield by_reference("Reshape", x, ints(*shape))
    yield by_reference("Reshape", numbers(1, 1), ints())
    yield by_reference("Reshape", scalar(2), ints(1, 1, 1))
    yield by_reference("Reshape", numbers(0, 3), ints(3, 0), allowzero=1)
    yield by_reference("Flatten", numbers(1, 3, 1, 1), axis=1)
    yield by_reference("Flatten", numbers(4), axis=0)
    yield by_reference("Squeeze", numbers(1, 3, 1, 1))
    yield by_reference("Squeeze", numbers(1, 3, 1, 1), ints(0, -1))
    yield by_reference("Squeeze", numbers(1, 1))
    yield by_reference("Squeeze", numbers(1, 3), axes=(0,), opset=11)
    yield by_reference("Unsqueeze", scalar(2), ints(0))
    yield by_reference("Unsqueeze", numbers(3, 1), ints(0, -1))
    yield by_reference("Unsqueeze", numbers(3), axes=(0, 2), opset=11)
    yield by_reference("Expand", numbers(3, 1), ints(2, 1, 4))
    yield by_reference("Expand", scalar(3), ints(2, 3))
    yield by_reference("Expand", numbers(2, 3), ints(1, 1))
    yield by_reference("Tile", numbers(2, 1, 3), ints(1, 2, 3))
    yield by_reference("Shape", numbers(2, 3, 1, 1))
    yield by_reference("Shape", scalar(1))
    yield by_reference("Size", numbers(2, 3, 1))
    yield by_reference("Range", scalar(1), scalar(2), scalar(0.3))
    yield by_reference("Range", np.array(5), np.array(5), np.array(1))
    yield by_reference("ConstantOfShape", ints(2, 1, 3))
    yield by_reference("ConstantOfShape", ints())
    yield by_reference("Constant", value_float=2.5)
    yield by_reference("Constant", value_ints=(3, 4))
    yield by_reference("Constant", value_int=7)
    yield by_reference("Constant", value_floats=(0.5, 1.5, 2.5))
    yield Case("Constant", "a parameter", [numbers(2, 3)], [numbers(2, 3)])


def parts() -> Iterator[Case]:
    x = numbers(2, 5, 1, 7)
    for starts, ends, axes, steps in (
        ((-1,), (INT64_MIN,), (3,), (-2,)),
        ((0, 1), (INT64_MAX, -1), (-1, 1), (3, 2)),
        ((4,), (1,), (1,), (1,)),
        ((100,), (-100,), (1,), (-1,)),
        ((0,), (1,), (0,), (1,)),
    ):
        yield by_reference("Slice", x, ints(*starts), ints(*ends), ints(*axes), ints(*steps))
    yield by_reference("Slice", x, starts=(1, 2), ends=(2, INT64_MAX), axes=(0, 3), opset=9)
    yield by_reference("Slice", ints(5, 6, 7), ints(1), ints(2))
    yield by_reference("Split", x, ints(1, 4), axis=1, outputs=2)
    yield by_reference("Split", x, axis=-1, num_outputs=3, outputs=3)
    yield by_reference("Split", numbers(2, 6, 1, 1), axis=1, outputs=2, opset=13)
    yield by_reference("Concat", numbers(2, 1, 3), numbers(2, 4, 3), numbers(2, 0, 3), axis=1)
    yield by_reference("Concat", numbers(1, 2, 1), numbers(1, 2, 1), axis=-1)
    yield by_reference("Concat", ints(1), ints(), ints(2, 3), axis=0)
    for axis in range(4):
        yield by_reference("Gather", x, np.array([[0, -1], [0, 0]]), axis=axis)
        yield by_reference("Gather", x, np.array(0), axis=axis)
    yield by_reference("Gather", numbers(5), np.array(-2))
    yield by_reference("Gather", numbers(5, 3), ints(), axis=0)
    places = np.array([[[0, 3, 2]], [[1, 1, 0]]])
    yield by_torch(
        "GatherElements", "fewer places", lambda a, at: a.gather(2, at), [numbers(3, 1, 4), places], {"axis": 2}
    )
    yield by_reference("GatherND", numbers(2, 3, 1, 4), np.array([[[0, 0], [2, 0]], [[1, 0], [0, 0]]]), batch_dims=1)
    yield by_reference("GatherND", numbers(3, 4), np.array([[1], [-1]]))
    for reduction in ("none", "add", "mul", "max", "min"):
        rows = np.array([[0, 2, 1], [0, 0, -1]]) if reduction != "none" else np.array([[0, 2, 1], [1, 0, -1]])
        yield by_reference("ScatterElements", numbers(3, 3), rows, numbers(2, 3), axis=0, reduction=reduction)
        places = np.array([[1], [1]]) if reduction != "none" else np.array([[1], [3]])
        yield by_reference("ScatterND", numbers(4, 1, 3), places, numbers(2, 1, 3), reduction=reduction)
    for mode in ("constant", "reflect", "edge", "wrap"):
        yield by_reference("Pad", numbers(1, 3, 4, 5), ints(0, 0, 1, 2, 0, 0, 3, 0), mode=mode)
    yield by_torch(
        "Pad",
        "negative",
        lambda a: F.pad(a, (0, 3, 2, 0, -1, -2, 0, 1), value=0.5),
        [x, ints(0, -1, 2, 0, 1, -2, 0, 3), scalar(0.5)],
        shown=[0],
    )
    yield by_reference("Pad", x, ints(1, 2), None, ints(-1))
    for mode in ("DCR", "CRD"):
        yield by_reference("DepthToSpace", numbers(2, 12, 3, 1), blocksize=2, mode=mode)
    yield by_torch(
        "DepthToSpace",
        "pixel_shuffle",
        lambda a: F.pixel_shuffle(a, 2),
        [numbers(1, 8, 3, 4)],
        {"blocksize": 2, "mode": "CRD"},
    )
    yield by_torch(
        "SpaceToDepth",
        "pixel_unshuffle",
        lambda a: F.pixel_unshuffle(a, 2),
        [numbers(3, 2, 4, 6)],
        {"blocksize": 2, "mode": "CRD"},
    )
    for upper, k in ((1, 1), (0, -1), (1, -2), (0, 9)):
        yield by_reference("Trilu", numbers(2, 1, 4, 3), np.array(k), upper=upper)
    yield by_reference("OneHot", np.array([[1, -1], [0, 5]]), np.array(3), ints(2, 9), axis=1)
    yield by_reference("NonZero", np.array([[[0, 1]], [[2, 3]]], np.float32))
    yield by_reference("NonZero", np.zeros((2, 3), np.float32))
