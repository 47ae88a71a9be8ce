"""What `xverify weights` and `xverify reimport` found, for the eye and as JSON."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec
from rich.console import Console
from rich.text import Text

from xverify.report import numbers
from xverify.report.page import Column, Grid, Page
from xverify.report.text import utf8
from xverify.weights.results import SCHEMA_VERSION, ParameterResult, Reimport, Verification, WeightsComparison

_WORDS: Mapping[str, tuple[str, str]] = {
    "equal": ("passed", "green"),
    "changed": ("FAILED", "bold red"),
    "missing": ("FAILED", "bold red"),
    "extra": ("FAILED", "bold red"),
    "other shape": ("FAILED", "bold red"),
    "folded": ("FAILED", "bold red"),
    "kept": ("not compared", "yellow"),
}
"""Status -> the page's status whose symbol it has, and its style."""

_SUMMARY = ("equal", "changed", "missing", "extra", "other shape", "folded", "kept")
_LISTED = 10

FORMS = {
    "weights.mat": "a bundle's weights.mat",
    "exportWeights": "plain arrays, a struct a layer",
    "network": "a network object",
    "arrays": "arrays, by a map",
}


def to_json(comparison: WeightsComparison) -> bytes:
    """The comparison as indented JSON, documented in docs/reference/weights.md; numbers that are not finite are null."""
    content = {"schema_version": SCHEMA_VERSION, "passed": comparison.passed, **msgspec.to_builtins(comparison)}
    return _encoded(content)


def record_to_json(record: Reimport) -> bytes:
    """What `reimport` did, as indented JSON."""
    return _encoded({"schema_version": SCHEMA_VERSION, "passed": record.passed, **msgspec.to_builtins(record)})


def _encoded(content: Any) -> bytes:
    return msgspec.json.format(msgspec.json.encode(_safe(content)), indent=1) + b"\n"


def _safe(value: Any) -> Any:
    if isinstance(value, str):
        return utf8(value)
    if isinstance(value, dict):
        return {utf8(key): _safe(item) for key, item in value.items()}
    return [_safe(item) for item in value] if isinstance(value, list | tuple) else value


def print_weights(comparison: WeightsComparison, console: Console, *, show_all: bool = False) -> None:
    """Prints the parameters that are not equal (all, with `show_all`), their notes, and the verdict."""
    page = Page(console)
    shown = [item for item in comparison.parameters if show_all or item.status not in {"equal", "kept"}]
    if shown:
        page.line()
        _print_rows(page, shown)
    page.items("Notes", [*_explained(shown), *comparison.notes])
    page.line()
    word = "PASSED" if comparison.passed else "FAILED"
    page.paragraph(page.text(_verdict(comparison)), page.status(word) + Text("  "))
    page.facts(list(_facts(comparison)))


def print_reimport(record: Reimport, console: Console) -> None:
    """Prints what `reimport` wrote, and whether it was verified."""
    page = Page(console)
    page.items("Exported values kept", [f"{name}: {reason}" for name, reason in record.kept.items()])
    page.items("Only in the file, and not used", _shortened(record.unused))
    page.items("Notes", record.notes)
    if record.verification is not None:
        _print_problems(page, record.verification)
    page.line()
    page.paragraph(page.text(_written(record)), page.status("PASSED" if record.passed else "FAILED") + Text("  "))
    page.facts(
        [
            ("changed", f"{len(record.changed)} of {len(record.names)}"),
            *_facts(record.comparison),
            *_verified(record.verification),
            *([("bundle", record.bundle)] if record.bundle else []),
            ("next", _next_step(record)),
        ]
    )


def _written(record: Reimport) -> str:
    count = f"{numbers.count(len(record.names), 'parameter')} and buffers of {record.comparison.model}"
    if record.passed:
        return f"{record.output}: {count}"
    return f"{record.output} was written, but its verification failed: PyTorch does not compute with it what MATLAB's side does ({count})"


def _print_problems(page: Page, verification: Verification) -> None:
    if verification.differing:
        page.items("Not the same after PyTorch and back", _shortened(verification.differing))
    for run in verification.runs:
        if not run.passed:
            page.items(f"Notes on {run.against}", run.notes)
            page.items(f"Wrong in {run.against}", _shortened(run.problems))


def _verified(verification: Verification | None) -> Iterator[tuple[str, str]]:
    if verification is None:
        yield "verified", "no: --verify runs it and compares"
        return
    back = verification.parameters - len(verification.differing)
    yield "same bits", f"{back} of {verification.parameters} through PyTorch and back to MATLAB's layout"
    for run in verification.runs:
        agree = "agree" if run.passed else "compared, NOT all agree"
        worst = f"; most of its tolerance: {run.worst_layer}, {run.worst_ratio:.2g}" if run.worst_layer else ""
        yield "verified", f"{run.compared} of {run.total} layers {agree} with {run.against}{worst}"


def _next_step(record: Reimport) -> str:
    if record.passed:
        return "load it: model.load_state_dict(...); or `xverify export MODEL --weights FILE`"
    if record.bundle:
        return f"xverify compare {record.bundle} --against octave"
    return "find the layer: --verify --bundle DIR keeps a bundle for `xverify compare DIR`"


def _print_rows(page: Page, items: Sequence[ParameterResult]) -> None:
    columns = [
        Column("parameter"),
        Column("in PyTorch"),
        Column("in the file"),
        Column("shape"),
        Column("status"),
        Column("largest change", number=True),
        Column("relative", number=True),
    ]
    grid = Grid(columns, [_row(page, item) for item in items])
    if page.fits(grid.width):
        page.line(grid.heading())
        for line in grid.lines():
            page.line(line)
        return
    for item in items:
        name, pytorch, where, shape, status, largest, relative = (cell.plain for cell in _row(page, item))
        change = f", largest change {largest}, relative {relative}" if item.change else ""
        known = ", ".join(filter(None, (pytorch, where and f"in the file {where}", shape)))
        page.paragraph(page.text(f"{known}{change}"), page.text(f"{status} {name}", "bold") + Text("  "))


def _row(page: Page, item: ParameterResult) -> list[Text]:
    change = item.change
    return [
        page.text(_name(item)),
        page.text(", ".join(item.names) or "-"),
        page.text(item.where or "-"),
        page.text(_shape(item)),
        _status(page, item),
        Text(numbers.error(change.max) if change else ""),
        Text(numbers.error(change.relative) if change else ""),
    ]


def _status(page: Page, item: ParameterResult) -> Text:
    word, style = _WORDS[item.status]
    symbol = page.status(word).plain.partition(" ")[0]
    return Text(f"{symbol} {item.status}", style)


def _name(item: ParameterResult) -> str:
    return f"{item.layer}.{item.property}" if item.layer else item.property or "-"


def _shape(item: ParameterResult) -> str:
    own, found = numbers.shape(item.shape), numbers.shape(item.found_shape)
    return f"{found}, not {own}" if item.status == "other shape" else own


def _explained(items: Sequence[ParameterResult]) -> list[str]:
    """One line for each reason, with all parameters that it holds for."""
    groups: dict[str, list[str]] = {}
    for item in items:
        if item.note:
            groups.setdefault(item.note, []).append(
                _name(item) if item.layer or item.property else ", ".join(item.names)
            )
    return [f"{', '.join(_shortened(names))}: {note}" for note, names in groups.items()]


def _shortened(names: Sequence[str]) -> list[str]:
    more = [f"and {len(names) - _LISTED} more"] if len(names) > _LISTED else []
    return [*names[:_LISTED], *more]


def _verdict(comparison: WeightsComparison) -> str:
    counts = [f"{count} {word}" for word in _SUMMARY if (count := sum(p.status == word for p in comparison.parameters))]
    return f"{numbers.count(len(comparison.parameters), 'parameter')}: {', '.join(counts)}"


def _facts(comparison: WeightsComparison) -> Iterator[tuple[str, str]]:
    said = f", {comparison.producer}" if comparison.producer else ""
    yield "file", f"{comparison.file} ({FORMS.get(comparison.form, comparison.form)}{said})"
    yield "model", comparison.model
    ways: dict[str, int] = {}
    for item in comparison.parameters:
        if item.matched_by:
            ways[item.matched_by] = ways.get(item.matched_by, 0) + 1
    yield "found by", ", ".join(f"{way} ({count})" for way, count in ways.items()) or "-"
    if comparison.atol:
        yield "equal up to", numbers.error(comparison.atol)
