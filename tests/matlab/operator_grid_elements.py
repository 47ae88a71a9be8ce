"""Operators of single elements, and reductions: special values, broadcasting, integers, ties."""

from collections.abc import Callable, Iterator, Mapping
from itertools import product

import numpy as np
import torch
import torch.nn.functional as F
from operator_case import Case, by_reference, by_torch, calling, ints, numbers, scalar, shape
from torch import Tensor

INT64_MAX, INT64_MIN = np.iinfo(np.int64).max, np.iinfo(np.int64).min

SPECIAL = np.array([[np.nan, np.inf, -np.inf], [-0.5, 0, 2]], np.float32)
HOLES = np.array([[1, np.nan, 3], [5, 4, 5]], np.float32)

ALIKE = "Relu Abs Neg Sign Floor Ceil Round Exp Tanh Sigmoid IsNaN IsInf Identity Reciprocal"
"""Operators that the reference evaluator and PyTorch compute alike, NaN and Inf included."""

ACTIVATIONS: Mapping[str, Callable[[Tensor], Tensor]] = {
    "Erf": torch.erf,
    "Elu": F.elu,
    "Selu": F.selu,
    "Celu": F.celu,
    "LeakyRelu": F.leaky_relu,
    "HardSwish": F.hardswish,
    "Softplus": F.softplus,
    "Softsign": F.softsign,
    "Mish": F.mish,
    "Sin": torch.sin,
    "Cos": torch.cos,
}

PAIRS = ("3 1 5 + 4 1", " + 2 3", " + ", "1 1 1 1 + 6", "0 3 + 1 3", "2 1 3 1 5 1 + 4 1 2")
"""Shapes that broadcast."""


def arithmetic() -> Iterator[Case]:
    for op, pair in product(("Add", "Sub", "Mul", "Div"), PAIRS):
        left, right = (numbers(*shape(part)) for part in pair.split("+"))
        yield by_reference(op, left, right + np.float32(3))
    yield by_reference("Div", ints(-7, 7, -7, 2**53 + 1), ints(2, -2, 3, 3))
    yield by_reference("Mul", ints(3037000500, -5), ints(3037000499, 7))
    yield by_reference("Mod", ints(-7, 7, -7), ints(3, -3, -3))
    yield by_reference("Equal", ints(2**53, 2**53 + 1), ints(2**53 + 1, 2**53 + 1))
    yield by_reference("Pow", np.array([-8, -2, 2, 0], np.float32), np.array([[1 / 3], [3], [2], [-1]], np.float32))
    yield by_reference("Pow", numbers(3, 4), scalar(2))
    yield by_reference("Pow", np.abs(numbers(3, 4)), scalar(0.5))
    yield by_reference("Sum", numbers(2, 3), numbers(3), scalar(1))
    yield by_reference("Mean", numbers(2, 3), numbers(1, 3), numbers(2, 1))
    for op in ("Max", "Min"):
        yield by_reference(op, SPECIAL, scalar(1))
        yield by_reference(op, SPECIAL, SPECIAL[:, :1], SPECIAL[0])
    yield by_reference("And", np.array([[True], [False]]), np.array([True, False, True]))
    yield by_reference("Where", np.array([[True], [False]]), numbers(3, 1, 4), scalar(np.nan))
    yield by_reference("Where", np.array(True), scalar(1), numbers(2, 3))
    flags = np.array([1, 0, 1], np.uint8)  # how a .mat file holds booleans
    yield Case("Where", "stored flags", [flags, scalar(2), scalar(3)], [np.array([2, 3, 2], np.float32)])
    for op, given, result in (("Not", [flags], flags == 0), ("And", [flags, np.array(True)], flags == 1)):
        yield Case(op, "stored flags", given, [result])


def activations() -> Iterator[Case]:
    for op in ALIKE.split():
        yield by_reference(op, SPECIAL)
        yield by_reference(op, scalar(-1.5))
    for op in ("Sqrt", "Log"):
        yield by_reference(op, SPECIAL)
    for bounds in ((scalar(-0.25), scalar(1)), (None, scalar(1)), (scalar(-0.25),)):
        yield by_reference("Clip", SPECIAL, *bounds)
    yield by_reference("Clip", ints(INT64_MAX, 5, INT64_MIN), np.array(2**60 + 1), np.array(INT64_MAX - 1))
    yield by_reference("PRelu", numbers(2, 3, 4, 5), numbers(3, 1, 1))
    for kind in ("none", "tanh"):
        yield by_torch("Gelu", kind, calling(F.gelu, approximate=kind), [numbers(4, 5) * 4], {"approximate": kind})
    for op, compute in ACTIVATIONS.items():
        yield by_torch(op, "as PyTorch has it", compute, [numbers(3, 1, 7) * 3])
    yield by_reference("Dropout", numbers(2, 3), outputs=2)


def casts() -> Iterator[Case]:
    """To float, int32, int64, bool and double; and to uint8, which has no negative numbers."""
    for to in (1, 6, 7, 9, 11):
        yield by_reference("Cast", np.array([-1.7, 0, 1.7, 200.5], np.float32), to=to)
    yield by_reference("Cast", np.array([0, 1.7, 200.5], np.float32), to=2)
    yield by_reference("Cast", np.array([[True], [False]]), to=1)
    yield by_reference("CastLike", numbers(2, 3), ints(1))


def reductions() -> Iterator[Case]:
    x = numbers(2, 3, 1, 5)
    for op in (f"Reduce{kind}" for kind in ("Mean", "Sum", "Max", "Min", "Prod", "L1", "L2", "LogSumExp", "SumSquare")):
        for axes, keepdims in product(((1, 3), (-2,), (0, 1, 2, 3), (3, 0)), (0, 1)):
            yield by_reference(op, x, ints(*axes), keepdims=keepdims)
        yield by_reference(op, x, keepdims=0)
        if op != "ReduceSum":  # whose axes are an operand in operator set 13
            yield by_reference(op, x, axes=(2, 3), opset=13)
    for op in ("ReduceSum", "ReduceMean"):
        yield by_reference(op, x, noop_with_empty_axes=1)
        yield by_reference(op, scalar(3), keepdims=0)
    yield by_reference("ReduceSum", ints(2**53, 1), keepdims=0)
    for op in ("ReduceMax", "ReduceMin"):
        yield by_reference(op, HOLES, ints(1))
    for reverse, exclusive in product((0, 1), (0, 1)):
        yield by_reference("CumSum", x, np.array(1), reverse=reverse, exclusive=exclusive)
    yield by_reference("CumSum", ints(2**53, 1, 1), np.array(0))
    for axis in range(4):
        inputs = [x * np.float32(20)]
        yield by_torch("Softmax", f"axis {axis}", calling(torch.softmax, dim=axis), inputs, {"axis": axis})
        yield by_torch("LogSoftmax", f"axis {axis}", calling(torch.log_softmax, dim=axis), inputs, {"axis": axis})


def orders() -> Iterator[Case]:
    x = numbers(2, 3, 1, 5)
    for op in ("ArgMax", "ArgMin"):
        for axis in (1, -1, 2):
            yield by_reference(op, x, axis=axis, keepdims=0)
        yield by_reference(op, np.array([[3, 1, 3, 1]], np.float32), axis=1, select_last_index=1)
        yield by_reference(op, HOLES, axis=1)
    ties = np.array([[2, 1, 2, 3], [1, 1, 1, 1]], np.float32)
    for largest in (0, 1):
        yield by_reference("TopK", ties, ints(3), axis=1, largest=largest, outputs=2)
    yield by_reference("TopK", numbers(5, 1, 2), ints(2), axis=0, outputs=2)
