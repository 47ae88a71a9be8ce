"""Every report of a comparison in which every text is hostile: it stays text, on its line, in its cell."""

import io
import json
import re
import unicodedata
from pathlib import Path
from xml.etree import ElementTree as ET

import msgspec
import pytest
from hostile_names import HOSTILE_NAMES, named, regressions
from markdown_it import MarkdownIt
from markdown_it.token import Token
from rich.console import Console

from xverify.cli.boundary import exit_code_of
from xverify.comparison.history import history_of
from xverify.comparison.results import Comparison
from xverify.comparison.saved import parse_comparisons
from xverify.errors import XverifyError
from xverify.report.annotations import to_github
from xverify.report.formats import FILE_FORMATS
from xverify.report.history import print_history
from xverify.report.json_report import to_json
from xverify.report.junit import to_junit
from xverify.report.markdown import to_markdown
from xverify.report.side_by_side import print_comparisons
from xverify.report.text import one_line

GITHUB = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])

# What the terminal or a reader would take for something else than text: controls, overrides, what cannot be encoded.
_UNSAFE = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)
# GitHub's runner: a command begins a line (blanks aside), or stands anywhere in the old form; Azure and TeamCity.
_COMMAND = re.compile(r"^\s*::|##\w*\[", re.MULTILINE)

kinds = pytest.mark.parametrize("kind", HOSTILE_NAMES)


def comparisons(kind: str) -> list[Comparison]:
    plain = named(HOSTILE_NAMES[kind])
    return [plain, msgspec.structs.replace(plain, regressions=regressions(HOSTILE_NAMES[kind]))]


def require_plain_text(text: str) -> None:
    assert _UNSAFE.search(text) is None, repr(_UNSAFE.search(text))
    assert _COMMAND.search(text) is None, repr(_COMMAND.search(text))
    text.encode("utf-8")


@kinds
@pytest.mark.parametrize("width", [None, 60])
def test_the_terminal(kind: str, width: int | None) -> None:
    """A pipe with lines as long as they are, and a narrow terminal; colours off, so that every escape would be a name's."""
    text = io.StringIO()
    console = Console(file=text, width=width or 200, force_terminal=width is not None, color_system=None)
    for shown in (comparisons(kind)[:1], comparisons(kind)[1:], comparisons(kind)):
        for verbose in (False, True):
            print_comparisons(shown, console, show_all=True, verbose=verbose)
    print_history(history_of([(HOSTILE_NAMES[kind], comparisons(kind))]), console)
    require_plain_text(text.getvalue())


@kinds
def test_an_error_message(kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    name = HOSTILE_NAMES[kind]

    def refuse() -> int:
        raise XverifyError(name, f"Mend {name}.")

    assert exit_code_of(refuse) == 2
    said = capsys.readouterr().err
    require_plain_text(said)
    assert said.startswith("ERROR")


@kinds
def test_json_gives_the_text_back(kind: str) -> None:
    plain, beside = comparisons(kind)
    data = to_json(plain, beside)
    name = re.sub("[\ud800-\udfff]", "\ufffd", HOSTILE_NAMES[kind])
    assert [item["layers"][0]["reason"] for item in json.loads(data)["comparisons"]] == [name, name]
    assert to_json(*parse_comparisons(data, "x")) == data


@kinds
def test_junit(kind: str) -> None:
    root = ET.fromstring(to_junit(*comparisons(kind)))
    assert [len(suite.findall("testcase")) for suite in root] == [5, 5]
    for element in root.iter():
        for text in (*element.attrib.values(), element.text or ""):
            assert _UNSAFE.search(text) is None
    first = next(case for case in root.iter("testcase") if str(case.get("name")).startswith("evil"))
    assert one_line(HOSTILE_NAMES[kind]) in str(first.get("name"))


def text_of(token: Token) -> str:
    for child in token.children or ():
        assert child.type in ("text", "text_special", "strong_open", "strong_close"), child
    return "".join(child.content for child in token.children or ())


@kinds
def test_markdown(kind: str) -> None:
    """No link, image, code, HTML or break comes from a name; every row has its cells."""
    name = HOSTILE_NAMES[kind]
    points = history_of([(name, comparisons(kind))])
    markdown = to_markdown(*comparisons(kind), history=points).decode("utf-8")
    assert _UNSAFE.search(markdown) is None
    tokens = GITHUB.parse(markdown)
    html = [token.content.strip() for token in tokens if token.type == "html_block"]
    assert set("\n".join(html).split("\n")) == {"<details>", "<summary>All 3 layers</summary>", "</details>"}
    assert {token.type for token in tokens} <= {
        f"{kind}_{side}" for side in ("open", "close")
        for kind in ("heading", "paragraph", "bullet_list", "list_item", "table", "thead", "tbody", "tr", "th", "td")
    } | {"inline", "html_block"}  # fmt: skip
    texts = [text_of(token) for token in tokens if token.type == "inline"]
    rows = [line for line in markdown.splitlines() if line.startswith("| ")]
    assert {len(re.split(r"(?<!\\)(?:\\\\)*\|", row)) - 2 for row in rows} == {7}
    assert one_line(name) in texts


def test_no_name_becomes_a_link_on_github() -> None:
    markdown = to_markdown(named(HOSTILE_NAMES["markdown link"])).decode()
    assert re.search(r"https?://|www\.", markdown) is None


@kinds
def test_workflow_commands(kind: str, tmp_path: Path) -> None:
    """As the runner reads them: a known command with known properties, one a line, its text the name's."""
    name = HOSTILE_NAMES[kind]
    lines = to_github(comparisons(kind), tmp_path)
    assert lines
    for line in lines:
        assert _UNSAFE.search(line) is None
        assert "\n" not in line
        match = re.fullmatch(r"::(error|warning) title=([^:,]*)::(.*)", line)
        assert match, line
        subject = unescaped(match[2], ":,")
        assert subject.startswith("xverify: ") or subject == "xverify"
    told = unescaped(lines[0].split("::", 2)[2])
    assert one_line(name)[:1000] in told


def unescaped(text: str, more: str = "") -> str:
    for character in [*more, "\r", "\n", "%"]:
        text = text.replace(f"%{ord(character):02X}", character)
    return text


@kinds
def test_every_file_format_is_text_that_can_be_written(kind: str) -> None:
    for name, writer in FILE_FORMATS.items():
        data = writer(comparisons(kind)[0]).decode("utf-8")
        if name != "json":  # which escapes what it must, and keeps the rest
            assert _UNSAFE.search(data.replace("\t", " ")) is None, name
        assert all(unicodedata.category(letter) != "Cs" for letter in data)
