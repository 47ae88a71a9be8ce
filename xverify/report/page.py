"""Lines on a terminal or in a pipe: aligned columns, wrapped sentences, nothing cut and nothing interpreted.

rich's own tables cut cells that do not fit and wrap pipes at 80 columns. Here a terminal's width decides the layout, a
pipe gets lines as long as they need to be, and text from data never reaches rich's markup.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.text import Text

from xverify.report.text import no_command, one_line

GAP = 2
"""Blanks between columns."""

_MIN_WIDTH = 20
"""Sentences are not squeezed into less, however narrow the terminal is."""

STYLES = {
    "passed": "green",
    "PASSED": "bold green",
    "FAILED": "bold red",
    "NO REGRESSION": "bold yellow",
    "not compared": "yellow",
    "permitted": "yellow",
}
_SYMBOLS = {"passed": "✓", "PASSED": "✓", "FAILED": "✗", "NO REGRESSION": "~", "not compared": "!", "permitted": "~"}
_ASCII_SYMBOLS = _SYMBOLS | {"passed": "+", "PASSED": "+", "FAILED": "x"}


@dataclass(frozen=True)
class Column:
    """One column of a grid: its heading, and whether its cells are numbers, which stand right-aligned."""

    heading: str
    number: bool = False


class Page:
    """Writes lines to a console."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self.width = console.width if console.is_terminal else None
        """Columns that a line may take; None in a pipe, where nothing is wrapped."""

    def text(self, data: str, style: str = "") -> Text:
        """Text from data: one line, no markup, no command of a CI system, only characters that the console's encoding has."""
        encoding = self._console.encoding
        return Text(no_command(one_line(data)).encode(encoding, "backslashreplace").decode(encoding), style)

    def status(self, word: str) -> Text:
        """A status as symbol and word: colour only repeats what they say."""
        symbols = _SYMBOLS if self._console.encoding.startswith("utf") else _ASCII_SYMBOLS
        return Text(f"{symbols[word]} {word}", STYLES[word])

    def fits(self, width: int) -> bool:
        """Whether a line of this many cells stays on one line."""
        return self.width is None or width <= self.width

    def line(self, text: Text | None = None) -> None:
        """One line as it is; an empty one without a text."""
        trimmed = text.copy() if text else Text()
        trimmed.rstrip()
        if (safe := no_command(trimmed.plain)) != trimmed.plain:  # a name that was broken before '::', or put together
            trimmed = Text(safe)
        self._console.print(trimmed, soft_wrap=True)

    def heading(self, title: str) -> None:
        """A blank line and a title."""
        self.line()
        self.line(self.text(title, "bold"))

    def wrapped(self, text: Text, lead: Text | None = None, hanging: int | None = None) -> list[Text]:
        """A sentence as lines that fit, broken between words.

        The first line follows `lead`; the later ones are indented by `hanging`, by default to where the first begins.
        """
        lead = lead or Text()
        if self.width is None:
            return [lead + text]
        hanging = lead.cell_len if hanging is None else hanging
        width = max(self.width - max(lead.cell_len, hanging), _MIN_WIDTH)
        parts = text.wrap(self._console, width, overflow="fold")
        return [(Text(" " * hanging) if number else lead) + part for number, part in enumerate(parts)]

    def paragraph(self, text: Text, lead: Text | None = None) -> None:
        """A sentence, wrapped."""
        for line in self.wrapped(text, lead):
            self.line(line)

    def items(self, title: str, entries: Sequence[str]) -> None:
        """A heading and a list below it; nothing where there are no entries."""
        if not entries:
            return
        self.heading(title)
        for entry in entries:
            self.paragraph(self.text(entry), Text("  - "))

    def facts(self, facts: Sequence[tuple[str, str]], indent: int = 2) -> None:
        """Labels and what is said about each, the texts aligned."""
        width = max(len(label) for label, _ in facts) + GAP
        for label, content in facts:
            padding = Text(" " * (width - len(label)), "dim")
            self.paragraph(self.text(content), Text(" " * indent, "dim") + self.text(label, "dim") + padding)


class Grid:
    """Rows of cells in aligned columns, two blanks apart."""

    def __init__(self, columns: Sequence[Column], rows: Sequence[Sequence[Text]]) -> None:
        self._columns = columns
        self._rows = rows
        cells = [[column.heading for column in columns], *[[cell.plain for cell in row] for row in rows]]
        self._widths = [max(Text(cell).cell_len for cell in column) for column in zip(*cells, strict=True)]

    @property
    def width(self) -> int:
        """Cells that a line takes."""
        return sum(self._widths) + GAP * (len(self._widths) - 1)

    def heading(self) -> Text:
        """The line of headings."""
        return self._join([Text(column.heading, "dim") for column in self._columns])

    def lines(self) -> list[Text]:
        """One line a row."""
        return [self._join(row) for row in self._rows]

    def _join(self, cells: Sequence[Text]) -> Text:
        padded = []
        for column, cell, width in zip(self._columns, cells, self._widths, strict=True):
            aligned = cell.copy()
            aligned.align("right" if column.number else "left", width)
            padded.append(aligned)
        return in_a_row(padded)


def in_a_row(cells: Iterable[Text]) -> Text:
    """Cells beside each other."""
    return Text(" " * GAP).join(cells)
