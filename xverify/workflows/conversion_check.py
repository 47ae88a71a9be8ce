"""Whether a converted file computes what the given one does: both run in onnxruntime on the same inputs.

No PyTorch is here to give a truth. So the given file is run several times as rounding would have it: inputs moved by one
ulp, onnxruntime's own optimisations, means summed in order. How far these runs are apart is the noise floor.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnx_ir as ir
from numpy.typing import NDArray

from xverify.comparison.conversion import K_CONVERSION, OutputCheck, check_output, noise_floor, proves_nothing
from xverify.errors import XverifyError
from xverify.onnx_export.sequential_means import sum_means_sequentially
from xverify.runtimes.plain_model import PlainModel, Port

Array = NDArray[Any]

JITTERED_RUNS = 2
_NUMBERS = {"bool", "float16", "float32", "float64"} | {
    f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)
}

MOST_INTEGER = 2
"""Seeded integers are below this: they may be indices, and nothing says of how many."""


def declared_inputs(proto: onnx.ModelProto) -> list[Port]:
    """The inputs that a caller must give: weights that are inputs, too, as before IR 4, are left out."""
    weights = {item.name for item in proto.graph.initializer}
    return [
        Port(
            item.name,
            str(onnx.helper.tensor_dtype_to_np_dtype(item.type.tensor_type.elem_type)),
            tuple(dim.dim_value for dim in item.type.tensor_type.shape.dim),
        )
        for item in proto.graph.input
        if item.name not in weights
    ]


def seeded_feeds(inputs: Sequence[Port], seed: int) -> dict[str, Array]:
    """Normal noise for floating inputs, small integers for others.

    Args:
        inputs: The inputs, of static shapes.
        seed: Of the random numbers.

    Raises:
        XverifyError: An input of another type.
    """
    random = np.random.default_rng(seed)
    feeds: dict[str, Array] = {}
    for port in inputs:
        shape = [int(size or 0) for size in port.shape]
        if port.dtype in {"float32", "float64", "float16"}:
            feeds[port.name] = random.standard_normal(shape).astype(port.dtype)
        elif port.dtype == "bool" or port.dtype.lstrip("u").startswith("int"):
            feeds[port.name] = random.integers(0, MOST_INTEGER, shape).astype(port.dtype)
        else:
            raise XverifyError(f"Input '{port.name}' is {port.dtype}.", "xverify converts networks of numeric tensors.")
    return feeds


def write_sequential(proto: onnx.ModelProto, path: Path) -> Path | None:
    """Writes the network with its means over pixels summed in order; None, and nothing written, if it has none."""
    model = ir.from_proto(proto)
    if not sum_means_sequentially(model):
        return None
    ir.save(model, path)
    return path


def check_conversion(
    before: Path, after: Path, feeds: Mapping[str, Array], renamed: Mapping[str, str], means: Path | None
) -> tuple[OutputCheck, ...]:
    """Compares every output of two files.

    Args:
        before: The given file.
        after: The converted one.
        feeds: Inputs by their names in the given file.
        renamed: Name in the converted file -> name in the given one, where they differ.
        means: The given file with means summed in order, if it has such means (`write_sequential`).

    Raises:
        XverifyError: One of them does not run; or two runs of the given file differ, so that nothing can be compared.
    """
    given = PlainModel(before)
    expected = given.run(feeds)
    for port in given.outputs:
        if port.dtype not in _NUMBERS:
            raise XverifyError(
                f"Output '{port.name}' is {port.dtype}.", "xverify converts networks of numeric tensors."
            )
    again = given.run(feeds)
    for port, one, other in zip(given.outputs, expected, again, strict=True):
        if not np.array_equal(one, other, equal_nan=one.dtype.kind == "f"):
            raise XverifyError(
                f"Two runs of the given file differ in output '{port.name}'.",
                "It draws random numbers: a conversion cannot be checked. Remove the random operations.",
            )
    variants = [given.run(_jittered(feeds, seed)) for seed in range(JITTERED_RUNS)]
    variants.append(PlainModel(before, optimised=True).run(feeds))
    if means is not None:
        variants.append(PlainModel(means).run(feeds))
    converted = PlainModel(after)
    names = {port.name: renamed.get(port.name, port.name) for port in converted.inputs}
    actual = converted.run({name: feeds[old] for name, old in names.items()})
    checks = []
    for index, (port, one, other) in enumerate(zip(given.outputs, actual, expected, strict=True)):
        allowed = K_CONVERSION * noise_floor(other, [run[index] for run in variants])
        if problem := proves_nothing(other, allowed):
            raise XverifyError(
                f"Output '{port.name}' proves nothing on these inputs: {problem}.",
                "Nothing was written. Give inputs on which it does: --inputs FILE.npz, or another --seed.",
            )
        checks.append(check_output(port.name, one, other, allowed))
    return tuple(checks)


def _jittered(feeds: Mapping[str, Array], seed: int) -> dict[str, Array]:
    random = np.random.default_rng(seed)
    return {
        name: np.nextafter(value, random.choice(np.array([-np.inf, np.inf], value.dtype), value.shape))
        if value.dtype.kind == "f"
        else value
        for name, value in feeds.items()
    }


def check_batches(path: Path, outputs: Sequence[Array], feeds: Mapping[str, Array]) -> None:
    """A file with a symbolic batch gives each image what it gives it alone: run with one image more.

    Args:
        path: The file.
        outputs: Its outputs on `feeds`.
        feeds: Inputs; each with the batch on axis 0 gets its first element once more.

    Raises:
        XverifyError: It does not run with another batch, or gives other values.
    """
    loaded = PlainModel(path)
    symbolic = {port.name for port in loaded.inputs if port.shape and not isinstance(port.shape[0], int)}
    longer = {name: np.concatenate([value, value[:1]]) if name in symbolic else value for name, value in feeds.items()}
    hint = "Leave out --dynamic-batch: this network is not the same for each element of a batch."
    try:
        values = loaded.run(longer)
    except XverifyError as error:
        raise XverifyError(f"The batch axis cannot be made dynamic: {error.message}", hint) from error
    for port, value, expected in zip(loaded.outputs, values, outputs, strict=True):
        if value.shape[:1] != (expected.shape[0] + 1,):
            raise XverifyError(f"Output '{port.name}' does not grow with the batch.", hint)
        wanted = np.concatenate([expected, expected[:1]])
        check = check_output(port.name, value, wanted, K_CONVERSION * noise_floor(wanted, []) * 10)
        if not check.passed:
            raise XverifyError(
                f"Output '{port.name}' depends on the other elements of the batch: {check.reason}.", hint
            )
