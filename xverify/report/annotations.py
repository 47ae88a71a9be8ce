"""What a CI system shows beside the user's code: GitHub's workflow commands, and Markdown for the job's summary page.

A command is printed to the log, where names from a model must not begin another one: they are put on one line, then escaped as
GitHub's runner undoes it. A place is given only where the file is there and its line still is the code that the layer came from.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from xverify.comparison.results import Comparison, LayerResult
from xverify.errors import XverifyError
from xverify.report import faults, summary
from xverify.report.markdown import to_markdown
from xverify.report.text import layer_name, one_line

LIMIT = 10
"""Annotations of a kind that GitHub shows for one step; it drops the others without a word."""

SUMMARY_LIMIT = 2**20
"""Bytes that GitHub takes for the summary of one step; it drops a longer one whole."""

MAX_TITLE = 200
MAX_MESSAGE = 2000
MAX_SOURCE = 10_000_000
"""Bytes of a source file that is looked into."""

_SOURCE_LINE = re.compile(r"(?P<file>.+?):(?P<line>\d{1,9}): (?P<code>.*\S)\s*")
_CUT = 200
"""Characters after which a bundle cuts a source line."""


@dataclass(frozen=True)
class Annotation:
    """One remark; `file` is '' where no line of the user's code is known."""

    level: str
    title: str
    message: str
    file: str = ""
    line: int = 0


def to_github(comparisons: Sequence[Comparison], folder: Path, workspace: Path | None = None) -> list[str]:
    """GitHub's workflow commands, one a line: at most `LIMIT` errors and as many warnings; the last one tells of the rest.

    Args:
        comparisons: The comparisons.
        folder: Where source lines are relative to: the working directory.
        workspace: The checkout that file names in annotations are relative to; `folder` if None.
    """
    found = [item for comparison in comparisons for item in annotations(comparison, folder, workspace or folder)]
    return [_command(item) for level in ("error", "warning") for item in _limited(found, level)]


def _limited(found: Sequence[Annotation], level: str) -> list[Annotation]:
    items = [item for item in found if item.level == level]
    if len(items) <= LIMIT:
        return items
    left = len(items) - LIMIT + 1
    return [*items[: LIMIT - 1], Annotation(level, "xverify", f"and {left} more: see the report of xverify")]


def _command(item: Annotation) -> str:
    place = f"file={_escaped(item.file, ':,')},line={item.line}," if item.file else ""
    title = _escaped(item.title[:MAX_TITLE], ":,")
    return f"::{item.level} {place}title={title}::{_escaped(item.message[:MAX_MESSAGE])}"


def _escaped(text: str, more: str = "") -> str:
    r"""As the runner undoes it; '%' is undone last, so it is escaped first.

    >>> _escaped("50%\na:b"), _escaped("a:b,c", ":,")
    ('50%25%0Aa:b', 'a%3Ab%2Cc')
    """
    text = text.replace("%", "%25")
    for character in "\r\n" + more:
        text = text.replace(character, f"%{ord(character):02X}")
    return text


def annotations(comparison: Comparison, folder: Path, workspace: Path) -> Iterator[Annotation]:
    """Errors for what fails the job, warnings for what was known, permitted or not compared. See `to_github`."""
    places = _Places(folder, workspace)
    layers = {layer.id: layer for layer in comparison.layers}
    errors = list(_errors(comparison, layers))
    if not errors and not comparison.accepted:
        errors.append((None, summary.coverage(comparison)))
    for layer, message in errors:
        yield _annotation("error", comparison, layer, message, places)
    told = {layer.id for layer, _ in errors if layer is not None}
    for layer, message in _warnings(comparison, layers):
        if layer is None or layer.id not in told:
            yield _annotation("warning", comparison, layer, message, places)


_Found = tuple[LayerResult | None, str]


def _errors(comparison: Comparison, layers: dict[str, LayerResult]) -> Iterator[_Found]:
    if comparison.regressions is not None:
        for item in comparison.regressions.found:
            name = "" if item.layer in layers or not item.layer else f"{one_line(item.layer)}: "
            yield layers.get(item.layer), f"regression, {item.kind}: {name}{one_line(item.statement)}"
        return
    first = faults.faulty_layer(comparison)
    for name in comparison.faults or ((first.id,) if first is not None else ()):
        yield layers[name], _fault(comparison, layers[name])
    if comparison.parameters.changed:
        yield None, "\n".join([summary.parameters(comparison), *summary.changed_parameters(comparison)])
    yield from ((None, one_line(problem)) for problem in comparison.problems)


def _fault(comparison: Comparison, layer: LayerResult) -> str:
    facts = [fact for fact in faults.fault_facts(comparison, layer) if fact.label not in {"layer", "also wrong"}]
    return "\n".join(f"{label}: {text}" for label, text in facts)


def _warnings(comparison: Comparison, layers: dict[str, LayerResult]) -> Iterator[_Found]:
    if comparison.regressions is not None:
        for item in comparison.regressions.known:
            yield layers.get(item.layer), f"known since the baseline: {one_line(item.statement)}"
    known = set() if comparison.regressions is None else {item.layer for item in comparison.regressions.known}
    for layer in comparison.layers:
        word = summary.status_word(layer)
        if word == "not compared" and layer.id not in known:
            yield layer, f"not compared: {one_line(layer.reason)}"
        elif word == "permitted":
            yield layer, f"not compared, permitted: {one_line(layer.permitted)} [{one_line(layer.reason)}]"


def _annotation(
    level: str, comparison: Comparison, layer: LayerResult | None, message: str, places: "_Places"
) -> Annotation:
    subject = one_line(comparison.bundle) if layer is None else layer_name(layer)
    title = f"xverify: {subject} against {one_line(comparison.against)}"
    file, line = places.of(layer.source_line) if layer is not None else ("", 0)
    return Annotation(level, title, message, file, line)


class _Places:
    """Lines of the user's code, looked up once a file."""

    def __init__(self, folder: Path, workspace: Path) -> None:
        self._folder, self._workspace = folder.resolve(), workspace.resolve()
        self._lines: dict[str, list[str]] = {}

    def of(self, source_line: str) -> tuple[str, int]:
        """The file, relative to the workspace, and the line; ('', 0) where the line is not there or is other code now."""
        match = _SOURCE_LINE.fullmatch(source_line)
        if match is None:
            return "", 0
        name, number, code = match["file"], int(match["line"]), match["code"]
        lines = self._read(name)
        there = lines[number - 1].strip() if 0 < number <= len(lines) else ""
        same = there.startswith(code) if len(source_line) >= _CUT else there == code
        if not (there and same):
            return "", 0
        file = (self._folder / name).resolve()
        return file.relative_to(
            self._workspace if file.is_relative_to(self._workspace) else self._folder
        ).as_posix(), number

    def _read(self, name: str) -> list[str]:
        """The file's lines; none where it does not lie under the working directory, or cannot be read."""
        if name not in self._lines:
            self._lines[name] = []
            try:
                file = (self._folder / name).resolve()
                if file.is_relative_to(self._folder) and file.is_file() and file.stat().st_size <= MAX_SOURCE:
                    self._lines[name] = file.read_text(encoding="utf-8", errors="replace").splitlines()
            except (OSError, ValueError):  # a name that no file can have
                pass
        return self._lines[name]


def to_summary(comparisons: Sequence[Comparison], room: int = SUMMARY_LIMIT) -> bytes:
    """Markdown for the job's summary page, in at most `room` bytes.

    The table of all layers is left out where it does not fit; then everything but the verdicts.
    """
    for every_layer in (True, False):
        data = to_markdown(*comparisons, every_layer=every_layer)
        if len(data) <= room:
            return data
    verdicts = [f"{summary.verdict(item)}: {summary.coverage(item)}" for item in comparisons]
    data = "\n\n".join([*verdicts, "The report is longer than GitHub takes."]).encode() + b"\n"
    return data if len(data) <= room else b""


def append_summary(comparisons: Sequence[Comparison], path: Path) -> None:
    """Appends `to_summary` to a file, in the room that is left in it.

    Raises:
        XverifyError: The file cannot be written, or is full.
    """
    try:
        written = path.stat().st_size if path.exists() else 0
        data = to_summary(comparisons, SUMMARY_LIMIT - written)
        if data:
            with path.open("ab") as file:
                file.write(data)
            return
    except OSError as error:
        raise XverifyError(
            f"The job summary cannot be written to {path}: {error.strerror}.", "Check $GITHUB_STEP_SUMMARY."
        ) from error
    raise XverifyError(f"The job summary {path} is full.", "Write it with --markdown, in a step of its own.")
