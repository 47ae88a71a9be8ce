"""What `xverify convert` did, for the eye and as JSON: versions, each pass, new names, and the outputs before and after."""

from collections.abc import Mapping

import msgspec
from rich.console import Console
from rich.text import Text

from xverify.comparison.conversion import Conversion, PassRecord
from xverify.report import numbers
from xverify.report.page import Column, Grid, Page


def to_json(conversion: Conversion) -> bytes:
    """The record as indented JSON; documented in docs/reference/convert.md."""
    return msgspec.json.format(msgspec.json.encode(conversion), indent=1) + b"\n"


def print_conversion(conversion: Conversion, console: Console) -> None:
    """Prints a table of what changed, and the verdict."""
    page = Page(console)
    page.line()
    columns = [Column("pass"), Column("nodes gone"), Column("nodes new"), Column("changed", number=True)]
    grid = Grid(columns, [[page.text(cell) for cell in _cells(item)] for item in conversion.passes])
    if conversion.passes:
        _print_grid(page, grid, conversion)
    page.line()
    lead = page.status("PASSED") + Text("  ")
    page.paragraph(page.text(f"{conversion.output}, for MATLAB {conversion.release}"), lead)
    page.facts(_facts(conversion))


def _print_grid(page: Page, grid: Grid, conversion: Conversion) -> None:
    if page.fits(grid.width):
        page.line(grid.heading())
        for line in grid.lines():
            page.line(line)
        return
    for item in conversion.passes:
        _, gone, new, changed = _cells(item)
        words = [
            f"gone: {gone}" if gone else "",
            f"new: {new}" if new else "",
            f"changed: {changed}" if changed else "",
        ]
        page.paragraph(page.text("; ".join(filter(None, words))), page.text(item.name, "bold") + Text("  "))


def _cells(item: PassRecord) -> tuple[str, str, str, str]:
    return item.name, _counts(item.removed), _counts(item.added), str(item.changed) if item.changed else ""


def _counts(operators: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {operator}" for operator, count in sorted(operators.items()))


def _facts(conversion: Conversion) -> list[tuple[str, str]]:
    before, after = conversion.before, conversion.after
    facts = [
        ("opset", _change(before.opset, after.opset)),
        ("IR", _change(before.ir_version, after.ir_version)),
        ("nodes", _change(before.nodes, after.nodes)),
        ("names", f"{numbers.count(conversion.renamed, 'tensor')} renamed"),
    ]
    facts += [("renamed", f"{old} -> {new}") for old, new in conversion.renamed_ports.items()]
    for check in conversion.outputs:
        verdict = f"error {numbers.error(check.max_error)}, allowed {numbers.error(check.allowed)}"
        facts.append(("output", f"{check.name}: {verdict if check.allowed else 'equal'}"))
    noise = f"seeded noise for {', '.join(conversion.made_up)}" if conversion.made_up else "the given ones"
    facts.append(("inputs", noise))
    facts.append(("MATLAB", f"not yet run in MATLAB: `xverify check {conversion.output}` predicts the import"))
    return facts


def _change(before: int, after: int) -> str:
    return str(after) if before == after else f"{before} -> {after}"
