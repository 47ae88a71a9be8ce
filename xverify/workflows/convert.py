"""`xverify convert`: an ONNX file of any exporter to one that MATLAB imports well, checked against the given one."""

import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray

from xverify.comparison.conversion import Conversion, OutputCheck, PassRecord, Versions
from xverify.compat.releases import release
from xverify.errors import XverifyError
from xverify.onnx_export.foreign import Converted, fix_shapes, normalise_foreign
from xverify.onnx_export.normalise import Change
from xverify.onnx_export.onnx_files import read_onnx, structural_faults
from xverify.onnx_export.ready import require_valid, write_model
from xverify.runtimes.plain_model import PlainModel
from xverify.workflows.conversion_check import (
    check_batches,
    check_conversion,
    declared_inputs,
    seeded_feeds,
    write_sequential,
)

Array = NDArray[Any]


@dataclass(frozen=True)
class ConvertRequest:
    """What the command line asks for; see `xverify convert --help`."""

    source: Path
    output: Path
    release: str
    shapes: Mapping[str, Sequence[int]]
    data: Mapping[str, Array]
    dynamic_batch: bool = False
    seed: int = 0
    force: bool = False


def convert(request: ConvertRequest) -> Conversion:
    """Converts a file and checks the result; an existing output is replaced only by a whole, checked file.

    Raises:
        XverifyError: Whatever the user can mend; nothing is written then.
    """
    _require_free(request)
    proto = read_onnx(request.source)
    faults = [fault for fault in structural_faults(proto) if fault.kind not in HARMLESS]
    if faults:
        raise XverifyError(f"{request.source.name} cannot be converted: {faults[0].message}", faults[0].hint)
    before = _versions(proto)
    target = release(request.release).target(dynamic_batch=request.dynamic_batch)
    fix_shapes(proto, request.shapes)  # the passes work on a file of static shapes; the check needs them first
    feeds = _feeds(request, proto)
    ports = {item.name for item in [*proto.graph.input, *proto.graph.output]}
    with _replacing(request.output) as fresh, TemporaryDirectory(prefix="xverify-") as scratch:
        means = write_sequential(proto, Path(scratch) / "means.onnx")
        converted = normalise_foreign(proto, {}, target)
        write_model(converted.model, fresh)
        require_valid(fresh)
        checks = check_conversion(request.source, fresh, feeds, converted.renamed, means)
        _require_match(checks)
        if request.dynamic_batch:
            _check_batches(fresh, feeds, converted)
    return Conversion(
        schema_version=1,
        source=str(request.source),
        output=str(request.output),
        release=target.release,
        before=before,
        after=Versions(
            converted.model.opset_imports[""], int(converted.model.ir_version or 0), len(converted.model.graph)
        ),
        passes=tuple(_record(change) for change in converted.changes if not change.empty),
        renamed_ports={old: new for new, old in converted.renamed.items() if old in ports},
        renamed=len(converted.renamed),
        outputs=checks,
        made_up=tuple(name for name in feeds if name not in request.data),
        dynamic_batch=request.dynamic_batch,
    )


def _record(change: Change) -> PassRecord:
    return PassRecord(change.name.replace("_", " "), dict(change.added), dict(change.removed), change.changed)


HARMLESS = frozenset({"node names"})
"""Faults that the passes mend."""


def _versions(proto: onnx.ModelProto) -> Versions:
    opset = next((item.version for item in proto.opset_import if item.domain in {"", "ai.onnx"}), 0)
    return Versions(opset, proto.ir_version, len(proto.graph.node))


def _require_free(request: ConvertRequest) -> None:
    if request.output.exists() and not request.force:
        raise XverifyError(f"{request.output} exists already.", "Choose another file, or replace it with --force.")
    if request.output.is_dir():
        raise XverifyError(f"{request.output} is a folder.", "Name the file: -o OUT.onnx")
    if request.output.exists() and request.output.samefile(request.source):
        raise XverifyError("The output is the given file itself.", "Choose another file: the given one is kept.")


def _feeds(request: ConvertRequest, proto: onnx.ModelProto) -> dict[str, Array]:
    """The user's data, and seeded noise for inputs that have none."""
    ports = {port.name: port for port in declared_inputs(proto)}
    for name, array in request.data.items():
        if name not in ports:
            raise XverifyError(f"The model has no input '{name}'.", f"Its inputs are: {', '.join(ports)}.")
        if array.shape != ports[name].shape or str(array.dtype) != ports[name].dtype:
            raise XverifyError(
                f"The data of input '{name}' is {array.dtype} {array.shape}, the network takes {ports[name].dtype} "
                f"{ports[name].shape}.",
                "Give such data, or choose symbolic sizes with --input.",
            )
    seeded = seeded_feeds([port for port in ports.values() if port.name not in request.data], request.seed)
    return {name: request.data[name] if name in request.data else seeded[name] for name in ports}


def _require_match(checks: Sequence[OutputCheck]) -> None:
    for check in checks:
        if not check.passed:
            raise XverifyError(
                f"The converted file does not compute what the given one does: output '{check.name}': {check.reason}.",
                "Nothing was written. This is a fault of xverify, or of the given file: please report it with the file.",
            )


def _check_batches(path: Path, feeds: Mapping[str, Array], converted: Converted) -> None:
    old = {name: converted.renamed.get(name, name) for name in (port.name for port in PlainModel(path).inputs)}
    given = {name: np.asarray(feeds[origin]) for name, origin in old.items()}
    check_batches(path, PlainModel(path).run(given), given)


@contextmanager
def _replacing(target: Path) -> Iterator[Path]:
    """A file beside `target` that becomes it when the block ends without an error, and is removed otherwise."""
    fresh = target.parent / f".xverify-{uuid.uuid4().hex}.onnx"
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        yield fresh
        fresh.replace(target)
    finally:
        fresh.unlink(missing_ok=True)
