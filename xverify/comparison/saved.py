"""Reads what `xverify compare --json` wrote back into the records, exactly: every report of them is the original's.

A saved verdict is believed only where the file does not contradict it: one that says that it passed while a layer failed was
edited, or is damaged.
"""

import math
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec
from msgspec import inspect

from xverify.comparison.not_finite import restore
from xverify.comparison.results import SCHEMA_VERSION, Comparison, LayerResult, Regressions, Status
from xverify.comparison.verdict import BY_LOCAL_ALONE
from xverify.errors import XverifyError

_HINT = "Give a file that `xverify compare --json FILE` wrote."

_PARAMETERS_CHANGED = re.compile(r"\d+ of \d+ parameters of model\.onnx are not PyTorch's, first ")

_OTHERS: Mapping[str, str] = {
    "parameters": "`xverify weights`",
    "comparison": "`xverify reimport`",
    "scores": "`xverify evaluate`",
    "findings": "`xverify check`",
    "passes": "`xverify convert`",
    "bundle_format": "a bundle (its manifest)",
}
"""A field -> who else writes a JSON file with it."""


def read_comparisons(path: str | Path) -> tuple[Comparison, ...]:
    """The comparisons of a JSON report, in their order.

    A number that the file gives as null without saying what stood there (files of versions without `not_finite`) is NaN.

    Raises:
        XverifyError: The file is missing, cut short, no JSON report of a comparison, of another version, or contradicts itself.
    """
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise XverifyError(f"{path} cannot be read: {error.strerror}.", _HINT) from error
    return parse_comparisons(data, str(path))


def parse_comparisons(data: bytes, where: str) -> tuple[Comparison, ...]:
    """As `read_comparisons`, from the file's bytes; `where` names the file in messages."""
    plain = _decoded(data, where)
    several = plain.get("comparisons")
    if several is None:
        return (_comparison(plain, where),)
    _require_version(plain, where)
    if not isinstance(several, list) or not several:
        raise XverifyError(f"{where} holds no comparison.", _HINT)
    comparisons = tuple(_comparison(item, f"{where}, comparison {number}") for number, item in enumerate(several, 1))
    if plain.get("passed") is not all(comparison.passed for comparison in comparisons):
        raise _contradiction(where, "its verdict is not that of its comparisons")
    return comparisons


def _decoded(data: bytes, where: str) -> dict[str, Any]:
    try:
        plain = msgspec.json.decode(data.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        what = "is empty" if not data.strip() else "is cut short" if "truncated" in str(error) else "is no JSON"
        raise XverifyError(f"{where} {what}: {error}.", _HINT) from error
    if not isinstance(plain, dict):
        raise XverifyError(f"{where} is no JSON report of a comparison.", _HINT)
    return plain


def _require_version(plain: Mapping[str, Any], where: str) -> None:
    version = plain.get("schema_version")
    if version == SCHEMA_VERSION and not isinstance(version, bool):
        return
    if isinstance(version, int) and version > SCHEMA_VERSION:
        raise XverifyError(
            f"{where} is of version {version} of the format; this xverify reads version {SCHEMA_VERSION}.",
            "Update xverify, or write the file with this version.",
        )
    raise XverifyError(f"{where} names no version of the format that is known ({str(version)[:40]}).", _HINT)


def _comparison(plain: Any, where: str) -> Comparison:
    if not isinstance(plain, dict) or "layers" not in plain or "coverage" not in plain:
        names = plain if isinstance(plain, dict) else {}
        other = next((who for field, who in _OTHERS.items() if field in names), "")
        raise XverifyError(f"{where} is {f'what {other} wrote, ' if other else ''}no comparison.", _HINT)
    _require_version(plain, where)
    try:
        restore(plain, msgspec.convert(plain.get("not_finite") or {}, dict[str, list[str]]))
        comparison = msgspec.convert(_FILL(plain) if _FILL else plain, Comparison)
    except (msgspec.ValidationError, ValueError) as error:
        raise XverifyError(f"{where} is damaged: {error}.", _HINT) from error
    if problem := contradiction(comparison):
        raise _contradiction(where, problem)
    return comparison


def _contradiction(where: str, problem: str) -> XverifyError:
    return XverifyError(f"{where} contradicts itself: {problem}.", "It was edited or damaged: compare again.")


def contradiction(comparison: Comparison) -> str:
    """Why a verdict cannot be what was found; '' where nothing speaks against it."""
    ids = [layer.id for layer in comparison.layers]
    if len(set(ids)) < len(ids):
        return "two layers have the same id"
    named = [
        *comparison.faults,
        *(item.layer for item in comparison.causes),
        *(item.layer for item in comparison.details),
    ]
    if comparison.first_fault is not None:
        named.append(comparison.first_fault)
    if unknown := sorted(set(named).difference(ids)):
        return f"it names a fault in '{unknown[0]}', which is no layer"
    if problem := next((text for layer in comparison.layers if (text := _not_borne_out(layer))), ""):
        return problem
    if not comparison.passed:
        return _unaccounted(comparison)
    bad = next((layer for layer in comparison.layers if not _acceptable(layer)), None)
    if bad is not None:
        return f"it passed, and layer '{bad.id}' did not"
    if not ids or comparison.problems or comparison.parameters.changed:
        return f"it passed, and {'problems were found' if ids else 'has no layers'}"
    compared = sum(layer.status is not Status.NOT_COMPARED for layer in comparison.layers)
    if (comparison.coverage.compared, comparison.coverage.total) != (compared, len(ids)):
        return "its coverage is not that of its layers"
    return _unaccounted(comparison)


def _acceptable(layer: LayerResult) -> bool:
    return layer.status is Status.PASSED or (layer.status is Status.NOT_COMPARED and bool(layer.permitted))


def _not_borne_out(layer: LayerResult) -> str:
    """Why a layer's numbers do not let it pass though the file says so; '' where they do."""
    found = {"local": layer.local, "accumulated": layer.accumulated, "optimised": layer.optimised}
    measures = {kind: item for kind, item in found.items() if item is not None}
    for kind, item in measures.items():
        if item.passed and (item.problem or not item.error <= item.allowed):
            return f"the {kind} error of layer '{layer.id}' passed, and is more than what is allowed"
    if layer.status is not Status.PASSED:
        return ""
    # An alias has the measures of the layer that holds its value, and not its reason.
    alone = layer.reason == BY_LOCAL_ALONE or bool(layer.alias_of)
    failed = [
        kind for kind, item in measures.items() if not item.passed and (item.problem or kind == "local" or not alone)
    ]
    if failed:
        return f"layer '{layer.id}' passed, and its {failed[0]} error did not"
    return "" if measures or layer.alias_of else f"layer '{layer.id}' passed, and nothing of it was measured"


def _unaccounted(comparison: Comparison) -> str:
    """Beside a baseline every failure is a regression or known."""
    if comparison.regressions is None:
        return ""
    if comparison.passed and comparison.regressions.found:
        return "it passed, and regressions were found"
    told = {item.layer for item in comparison.regressions.found} | {item.layer for item in comparison.regressions.known}
    missing = next((layer.id for layer in comparison.layers if not _acceptable(layer) and layer.id not in told), None)
    if missing is not None:
        return f"layer '{missing}' fails, and is neither a regression nor known"
    return _unaccounted_problem(comparison, comparison.regressions)


def _unaccounted_problem(comparison: Comparison, regressions: Regressions) -> str:
    """The same for what belongs to no layer."""
    told = [item.layer for item in regressions.found] + [item.layer for item in regressions.known]
    if told.count("") < len(comparison.parameters.changed) + len(other_problems(comparison)):
        return "a problem or a changed parameter is neither a regression nor known"
    if not (comparison.passed or regressions.found or regressions.known):
        return "it did not pass, and neither a regression nor a known failure is there"
    return ""


def other_problems(comparison: Comparison) -> list[str]:
    """The problems without that which counts the changed parameters: those are judged one by one."""
    return [problem for problem in comparison.problems if not _PARAMETERS_CHANGED.match(problem)]


# --- null where a number must stand -------------------------------------------------------------------------------

Fill = Callable[[Any], Any]


def _fill(kind: inspect.Type) -> Fill | None:
    """What turns null into NaN wherever a record asks for a float; None for a type that holds no float."""
    if isinstance(kind, inspect.FloatType):
        return lambda value: math.nan if value is None else value
    if isinstance(kind, inspect.StructType):
        return _fill_struct(kind)
    if isinstance(kind, inspect.VarTupleType):
        item = _fill(kind.item_type)
        return item and (lambda value: [item(entry) for entry in value] if isinstance(value, list) else value)
    if isinstance(kind, inspect.TupleType):
        items = [_fill(entry) or _same for entry in kind.item_types]
        return lambda value: _each(items, value)
    if isinstance(kind, inspect.UnionType):  # every union of the records is X | None
        (inner,) = [entry for entry in kind.types if not isinstance(entry, inspect.NoneType)]
        filled = _fill(inner)
        return filled and (lambda value: value if value is None else filled(value))
    return None


def _same(value: Any) -> Any:
    return value


def _each(items: list[Fill], value: Any) -> Any:
    if not isinstance(value, list) or len(value) != len(items):
        return value
    return [fill(entry) for fill, entry in zip(items, value, strict=True)]


def _fill_struct(kind: inspect.StructType) -> Fill | None:
    fields = {field.encode_name: fill for field in kind.fields if (fill := _fill(field.type))}

    def filled(value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        return value | {name: fill(value[name]) for name, fill in fields.items() if name in value}

    return filled if fields else None


_FILL = _fill(inspect.type_info(Comparison))
