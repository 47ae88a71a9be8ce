"""What MATLAB is predicted to make of a file, for the eye and as JSON.

Findings first, the worst on top; then the network, the score, and last what a reader does next: the lines to type in
MATLAB and the verdict.
"""

from collections import Counter
from collections.abc import Sequence

import msgspec
from rich.console import Console
from rich.text import Text

from xverify.compat.check import NOT_RUN, Check
from xverify.compat.findings import SEVERITIES, Finding, Severity
from xverify.compat.prediction import PredictedLayer, Score
from xverify.report.page import GAP, Column, Grid, Page, in_a_row
from xverify.report.text import utf8

SHORT = 30
"""A network of so many layers is listed without being asked."""

MAX_FINDINGS = 8
"""Findings of one severity that are told; --all tells the others, too."""

MAX_PLACES = 4
"""Nodes that one finding names."""

_HEADINGS: dict[Severity, str] = {
    "blocks": "Blocks the import",
    "custom layer": "Becomes a custom layer",
    "warning": "Warnings",
    "note": "Notes",
}


def to_json(check: Check) -> bytes:
    """The check as indented JSON; docs/reference/check.md documents every field."""
    return msgspec.json.format(utf8(msgspec.json.encode(check.to_dict()).decode()).encode(), indent=1) + b"\n"


def print_check(check: Check, console: Console, *, show_all: bool, strict: bool) -> None:
    """Prints findings, the predicted network, the score, the MATLAB call and the verdict.

    Args:
        check: What to print.
        console: Where to; its width decides the layout, unless it is no terminal.
        show_all: List every layer and every finding, however many there are.
        strict: Whether a custom layer fails the check.
    """
    page = Page(console)
    for severity in SEVERITIES:
        findings = [finding for finding in check.findings if finding.severity == severity]
        _print_findings(page, _HEADINGS[severity], findings, show_all=show_all)
    if show_all or len(check.prediction.layers) <= SHORT:
        _print_layers(page, check.prediction.layers)
    else:
        _print_kinds(page, check.prediction.layers)
    page.heading(f"In MATLAB {check.release}")
    for line in check.call.lines:
        page.line(Text("  " + " " * (len(line) - len(line.lstrip()))) + page.text(line))
    for note in check.call.notes:
        page.paragraph(page.text(note), Text("  "))
    _print_verdict(page, check, strict=strict)


def _print_findings(page: Page, heading: str, findings: Sequence[Finding], *, show_all: bool) -> None:
    if not findings:
        return
    page.heading(f"{heading} ({len(findings)})")
    shown = findings if show_all else findings[:MAX_FINDINGS]
    for finding in shown:
        page.paragraph(page.text(finding.what), Text("  - "))
        facts = [("where", _places(finding.where, show_all=show_all)), ("why", finding.reason)]
        facts += [("evidence", f"{finding.confidence}: {finding.evidence}"), ("to do", finding.action)]
        page.facts([(name, text) for name, text in facts if text], indent=4)
    if len(shown) < len(findings):
        page.paragraph(Text(f"{len(findings) - len(shown)} more: --all lists them", "dim"), Text("  ... ", "dim"))


def _places(where: Sequence[str], *, show_all: bool) -> str:
    shown = where if show_all else where[:MAX_PLACES]
    more = f" and {len(where) - len(shown)} more" if len(shown) < len(where) else ""
    return ", ".join(shown) + more


def _print_layers(page: Page, layers: Sequence[PredictedLayer]) -> None:
    page.heading("The predicted network")
    rows = [[page.text(cell) for cell in _cells(layer)] for layer in layers]
    names = ("layer", "kind", "confidence", "class", "from")
    for count in (5, 4):
        grid = Grid([Column(name) for name in names[:count]], [row[:count] for row in rows])
        if page.fits(grid.width + GAP):
            page.line(Text(" " * GAP) + grid.heading())
            for line in grid.lines():
                page.line(Text(" " * GAP) + line)
            return
    for row in rows:
        page.paragraph(in_a_row(row[1:]), Text(" " * GAP) + in_a_row([row[0], Text("")]))


def _cells(layer: PredictedLayer) -> tuple[str, ...]:
    """Name, kind, confidence, class, nodes. A custom layer's class is its name."""
    nodes = layer.nodes
    origin = "" if not nodes else f"{layer.operators[0]} {nodes[0]}"
    origin += f" and {len(nodes) - 1} more" if len(nodes) > 1 else ""
    short = "" if layer.matlab_class == layer.name else layer.matlab_class.removeprefix("nnet.cnn.layer.")
    return layer.name, layer.kind, layer.confidence, short or "-", origin or "-"


def _print_kinds(page: Page, layers: Sequence[PredictedLayer]) -> None:
    """How many layers are of each kind, class and confidence."""
    page.heading(f"The predicted network: {len(layers)} layers (--all lists them)")
    counts = Counter(_summarised(layer) for layer in layers)
    rows = [
        [Text(str(count)), *(page.text(cell) for cell in cells)]
        for cells, count in sorted(counts.items(), key=lambda item: (item[0][0], -item[1], item[0]))
    ]
    grid = Grid([Column("layers", number=True), Column("kind"), Column("confidence"), Column("class")], rows)
    page.line(Text(" " * GAP) + grid.heading())
    for line in grid.lines():
        page.line(Text(" " * GAP) + line)


def _summarised(layer: PredictedLayer) -> tuple[str, str, str]:
    """Kind, confidence and class; for what has no class of its own the operator."""
    _, kind, confidence, short, _ = _cells(layer)
    if short == "-" and layer.operators:
        short = "generated" if kind == "custom" else f"- ({layer.operators[0]})"
    return kind, confidence, short


def score_text(score: Score) -> str:
    """One sentence: what becomes of the nodes. What is unknown never counts as built-in."""
    others = {
        "helper": score.helper,
        "custom": score.custom,
        "unsupported": score.unsupported,
        "unknown": score.unknown,
    }
    parts = [f"{score.built_in} of {score.nodes} nodes as built-in layers"]
    parts += [f"{score.built_in_assumed} more assumed"] if score.built_in_assumed else []
    return ", ".join([*parts, *(f"{count} {name}" for name, count in others.items() if count)])


def _print_verdict(page: Page, check: Check, *, strict: bool) -> None:
    page.line()
    word = "PASSED" if check.passed(strict=strict) else "FAILED"
    said = "something blocks the import" if check.blocked else "nothing is known to block the import"
    if not check.blocked and word == "FAILED":
        said = "something becomes a custom layer"
    page.paragraph(page.text(f"{check.file} for MATLAB {check.release}: {said}"), page.status(word) + Text("  "))
    facts = [("score", score_text(check.prediction.score)), ("versions", f"opset {check.opset}, IR {check.ir_version}")]
    if check.layer_ids:
        same = sum(identifier == name for identifier, name in check.layer_ids.items())
        facts.append(("names", f"{same} of {len(check.layer_ids)} layers of the bundle keep their name in MATLAB"))
    page.facts([*facts, ("evidence", NOT_RUN)])
