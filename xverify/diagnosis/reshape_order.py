"""Elements in another order in memory: a reshape that runs column by column, an array read as if it were channels-last.

`flatten_order` has the flattening of an image; here is every other reshape, and data that were written in one order and read
in another.
"""

from collections.abc import Iterator, Sequence

from xverify.diagnosis.explanation import Explanation
from xverify.diagnosis.kernels.orders import distinct_orders, read, written
from xverify.diagnosis.kernels.sampling import LARGE, promising, promising_in_order
from xverify.diagnosis.suspect import Array, Suspect
from xverify.matlab_code.literals import row

_MAX_RANK = 4

_RESHAPES = {"view", "reshape", "flatten", "_unsafe_view", "unflatten", "squeeze", "unsqueeze"}
_TRANSPOSES = {"permute", "transpose", "t", "movedim", "swapaxes"}


def reshape_order(suspect: Suspect) -> Iterator[Explanation]:
    """For every layer whose elements are all there; first for reshapes and transposes, from their input."""
    if suspect.actual.size != suspect.expected.size or not 2 <= suspect.actual.size <= LARGE:
        return
    found = list(_from_input(suspect))
    yield from found or _memory(suspect)


def _from_input(suspect: Suspect) -> Iterator[Explanation]:
    if len(suspect.inputs) != 1 or suspect.inputs[0].size != suspect.actual.size:
        return
    if suspect.layer.operation in _RESHAPES and not _flattened_image(suspect):
        yield from _reshapes(suspect, suspect.inputs[0])
    elif suspect.layer.operation in _TRANSPOSES:
        yield from _transposes(suspect, suspect.inputs[0])


def _flattened_image(suspect: Suspect) -> bool:
    return suspect.expected.ndim == 2 and suspect.inputs[0].ndim == 4 and suspect.same_shape


def _reshapes(suspect: Suspect, given: Array) -> Iterator[Explanation]:
    """The input's elements are taken in another order of its axes; in MATLAB in the reverse one, and put down so as well."""
    if given.ndim > _MAX_RANK:
        return
    shape = suspect.actual.shape
    columns = read(given.transpose(), range(len(shape) - 1, -1, -1), shape)
    if promising(suspect, columns):
        yield _reshaped(suspect, columns, "column by column, the first axis fastest, as MATLAB's reshape does")
    for order in distinct_orders(given.shape):
        if promising_in_order(suspect, given.transpose(order)):
            value = written(given, order, shape)
            yield _reshaped(suspect, value, f"from the input's axes in the order {list(order)}, last one fastest")


def _reshaped(suspect: Suspect, value: Array, how: str) -> Explanation:
    return Explanation(
        kind="reshape order",
        statement=f"The reshape takes the elements {how}.",
        value=value,
        fix=(
            _in_matlab(suspect),
            "ONNX: Reshape takes the elements row by row; a Transpose before it is missing, or one is too many.",
            "PyTorch: x.reshape gives the last axis fastest; x.permute(...) before it changes the order.",
        ),
    )


def _in_matlab(suspect: Suspect) -> str:
    given, shape = suspect.inputs[0].ndim, suspect.expected.shape
    if given < 2 or len(shape) < 2:
        return "MATLAB: reshape runs column by column, the first axis fastest; PyTorch's the last axis."
    code = (
        f"permute(reshape(permute(X, {row(range(given, 0, -1))}), {row(shape[::-1])}), {row(range(len(shape), 0, -1))})"
    )
    return f"MATLAB: {code} takes them as PyTorch does, where X has PyTorch's axes."


def _transposes(suspect: Suspect, given: Array) -> Iterator[Explanation]:
    for order in [tuple(range(given.ndim)), *distinct_orders(given.shape)]:
        value = given.transpose(order)
        if given.ndim <= _MAX_RANK and promising(suspect, value):
            yield Explanation(
                kind="transpose order",
                statement="The transpose is missing: the values are its input's."
                if order == tuple(range(given.ndim))
                else f"The axes are transposed to {list(order)} of the input's.",
                value=value,
                fix=(
                    f"ONNX: Transpose's perm is {_own(suspect)} in PyTorch's model, not {list(order)}.",
                    "MATLAB: permute's order counts from 1, and in the order of MATLAB's axes; build_NAME.m has it.",
                ),
            )


def _own(suspect: Suspect) -> str:
    order = suspect.step.settings.get("perm") if suspect.step else None
    return str([int(axis) for axis in order]) if isinstance(order, tuple) else "another"


def _memory(suspect: Suspect) -> Iterator[Explanation]:
    expected, shape = suspect.expected, suspect.actual.shape
    if not 2 <= expected.ndim <= _MAX_RANK or not 2 <= len(shape) <= _MAX_RANK:
        return
    for order in distinct_orders(expected.shape):
        turned = expected.transpose(order)
        if turned.shape != shape and promising_in_order(suspect, turned):
            yield _misread(
                written(expected, order, shape), f"in the order {_names(suspect, order)}, slowest first", order
            )
    for order in distinct_orders(shape):
        value = read(expected, order, shape)
        if tuple(shape[axis] for axis in order) != expected.shape and promising(suspect, value):
            yield _misread(value, f"in PyTorch's order and read as {list(order)}", order)


def _names(suspect: Suspect, order: Sequence[int]) -> str:
    dims = suspect.layer.dims
    return " ".join(dims[axis] if len(dims) == len(order) else str(axis) for axis in order)


def _misread(value: Array, how: str, order: Sequence[int]) -> Explanation:
    columns = list(order) == list(range(len(order)))[::-1]
    return Explanation(
        kind="memory order",
        statement=f"The elements were written {'column by column' if columns else how} and are read in another order under this shape.",
        value=value,
        fix=(
            "MATLAB: arrays are column-major. Give the array its own axes with reshape, and only then permute them.",
            "Python: numpy.reshape(..., order='F') reads what MATLAB wrote; scipy.io.loadmat does so by itself.",
            "ONNX: a Reshape stands where a Transpose belongs.",
        ),
    )
