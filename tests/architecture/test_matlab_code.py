"""The MATLAB code keeps to what MATLAB R2021b and GNU Octave 7 both run, and to the form in which it is documented.

Two parsers that we did not write read every file; a list of words bans what one of the two languages lacks, or understands
in another way. `+dlt` may use all of MATLAB, and the doubles have the names of what it calls.
"""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import tree_sitter_matlab
from tree_sitter import Language, Node, Parser

CODE = Path(__file__).parents[2] / "matlab"
FILES = sorted(CODE.rglob("*.m"))
SHARED = [path for path in FILES if not {"+dlt", "doubles"} & set(path.parts)]
PUBLIC = [path for path in (CODE / "+xverify").rglob("*.m") if "+internal" not in path.parts]
PARSER = Parser(Language(tree_sitter_matlab.language()))

# Absent in Octave 7, or silently wrong there: name arguments pass their value only, `arguments` blocks check nothing.
BANNED_CALLS = {
    "contains", "split", "join", "string", "strings", "table", "pagemtimes", "matfile", "timeit", "getReport", "MException",
    "containers.Map", "extractBetween", "extractAfter", "extractBefore", "isstring", "strip", "dictionary", "vecnorm", "import",
}  # fmt: skip
BANNED_TEXT = {
    r'(?<![\w)\]}\'])"[^"\n]*"': "a text in double quotes: a string object in MATLAB, absent in Octave",
    r"^\s*arguments\b": "an arguments block: Octave ignores it",
    r",\s*'all'\s*\)": "'all' as a dimension: absent in Octave",
    r"!=|\+=|-=|\*=|\+\+(?!\w)": "an operator that only Octave has",
    r"\b(endif|endfor|endfunction|endwhile|end_try_catch|unwind_protect|printf)\b": "a word that only Octave has",
    r"^\s*#": "a comment that only Octave reads",
}
ERROR = re.compile(r"\berror\(\s*('([^']*)'|\[?[^,')]*)")
IDENTIFIER = re.compile(r"xverify:[A-Za-z]\w*:[A-Za-z]\w*\Z")


def named(paths: list[Path]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("path", paths, ids=[path.relative_to(CODE).as_posix() for path in paths])


def code_of(path: Path) -> str:
    """The file without comments and single-quoted texts."""
    lines = []
    for line in path.read_text(encoding="ascii").splitlines():
        without_texts = re.sub(r"(?<![\w)\]}'.])'(?:[^'\n]|'')*'", "''", line)
        lines.append(without_texts.split("%", 1)[0])
    return "\n".join(lines)


def faults(node: Node) -> Iterator[str]:
    if node.is_error or node.is_missing:
        yield f"line {node.start_point[0] + 1}"
    for child in node.children:
        yield from faults(child)


def banned(code: str) -> list[str]:
    found = [f"{name}()" for name in sorted(BANNED_CALLS) if re.search(rf"(?<![\w.]){re.escape(name)}\s*\(", code)]
    return found + [why for pattern, why in BANNED_TEXT.items() if re.search(pattern, code, re.MULTILINE)]


@named(FILES)
def test_it_parses(path: Path) -> None:
    assert not list(faults(PARSER.parse(path.read_bytes()).root_node))


def test_the_parser_finds_a_fault() -> None:
    assert list(faults(PARSER.parse(b"function y = f(x)\ny = (x + ;\nend\n").root_node))


@named(SHARED)
def test_it_keeps_to_what_both_languages_run(path: Path) -> None:
    assert banned(code_of(path)) == []


@pytest.mark.parametrize(
    "code", ["x = contains(a, b);", 'x = "text";', "x = sum(y, 'all');", "x += 1;", "if a != b", "arguments\n"]
)
def test_what_is_banned_is_found(code: str) -> None:
    assert banned(code)


@named(PUBLIC)
def test_its_help_begins_with_its_name_and_purpose(path: Path) -> None:
    lines = path.read_text(encoding="ascii").splitlines()
    assert lines[0].startswith("function ")
    assert re.search(rf"\b{path.stem}\b", lines[0]), "the function has another name than its file"
    assert re.match(rf"%{path.stem.upper()} \S", lines[1]), "the first line of the help is '%NAME purpose'"


@named([path for path in FILES if "tests" not in path.parts])
def test_its_errors_have_identifiers(path: Path) -> None:
    for match in ERROR.finditer(path.read_text(encoding="ascii")):
        literal = match.group(2)
        assert literal is None or IDENTIFIER.match(literal), match.group(0)


def test_mh_lint_has_nothing_to_say() -> None:
    command = [str(Path(sys.executable).parent / "mh_lint"), "--brief", str(CODE)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
