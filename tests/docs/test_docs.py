"""What the documentation says is so: its options exist, its links lead somewhere, its examples run."""

import dataclasses
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import msgspec
import pytest

import xverify
from xverify.bundle import manifest
from xverify.cli import boundary
from xverify.cli.main import main
from xverify.comparison.policy import Policy, read_settings
from xverify.comparison.results import Comparison

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]
COMMANDS = sorted(main.commands)


def text_of(page: str) -> str:
    return (DOCS / page).read_text(encoding="utf-8")


_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", flags=re.DOTALL | re.MULTILINE)


def blocks(text: str, language: str) -> list[str]:
    """The code blocks of one language; '' are those without one: what a command prints."""
    return [code for name, code in _BLOCK.findall(text) if name == language]


def prose(text: str) -> str:
    """The text without its code blocks."""
    return _BLOCK.sub("", text)


def section(text: str, title: str) -> str:
    """What stands under a heading of level 2."""
    found = re.search(rf"^## {re.escape(title)}\n(.*?)(?=^## |\Z)", text, flags=re.DOTALL | re.MULTILINE)
    assert found, f"no section '{title}'"
    return found[1]


def first_cells(text: str) -> list[str]:
    return re.findall(r"^\| (.*?) \|", text, flags=re.MULTILINE)


# --- the command line ----------------------------------------------------------------------------------------------


def options_in_table(command: str) -> set[str]:
    cells = first_cells(section(text_of("reference/cli.md"), command))
    return {option for cell in cells for option in re.findall(r"(?<![\w-])--?[a-z][a-z0-9-]*", cell)}


@pytest.mark.parametrize("command", COMMANDS)
def test_the_reference_lists_exactly_the_options_of_a_command(command: str) -> None:
    options = [parameter for parameter in main.commands[command].params if isinstance(parameter, click.Option)]
    assert options_in_table(command) == {name for option in options for name in option.opts}


@pytest.mark.parametrize("command", COMMANDS)
def test_the_reference_gives_the_defaults_and_choices_of_a_command(command: str) -> None:
    lines = section(text_of("reference/cli.md"), command).splitlines()
    for parameter in main.commands[command].params:
        if isinstance(parameter, click.Option):
            row = next(line for line in lines if line.startswith("| `") and f"`{parameter.opts[0]}" in line)
            choices = parameter.type.choices if isinstance(parameter.type, click.Choice) else ()
            default = re.findall(r"\[default: (.*?)\]", parameter.help or "")  # where the workflow holds the default
            own = parameter.default if isinstance(parameter.default, list) else [parameter.default]
            shown = own if parameter.show_default else default
            assert [word for word in (*choices, *shown) if str(word) not in row] == []


def test_the_reference_has_a_section_for_every_command() -> None:
    titles = re.findall(r"^## ([\w-]+)$", text_of("reference/cli.md"), flags=re.MULTILINE)
    assert sorted(titles) == COMMANDS


def test_the_reference_lists_the_exit_codes() -> None:
    codes = [int(cell) for cell in first_cells(section(text_of("reference/cli.md"), "Exit codes")) if cell.isdigit()]
    assert codes == [
        boundary.MATCH, boundary.MISMATCH, boundary.USER_ERROR, boundary.INTERNAL_ERROR, boundary.INTERRUPTED,
    ]  # fmt: skip


# --- records -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "record",
    [
        item
        for item in vars(manifest).values()
        if isinstance(item, type) and issubclass(item, manifest.Record) and item is not manifest.Record
    ],
    ids=lambda record: record.__name__,
)
def test_the_reference_names_every_field_of_the_manifest(record: type[msgspec.Struct]) -> None:
    names = set(re.findall(r"`(\w+)(?:\[\])?`", text_of("reference/bundle.md")))
    assert {field.name for field in msgspec.structs.fields(record)} - names == set()


def test_the_reference_names_every_field_of_the_python_api() -> None:
    from xverify.workflows.export_options import ExportOptions

    names = set(re.findall(r"`(\w+)`", text_of("reference/python-api.md")))
    fields = {field.name for record in (ExportOptions, Policy) for field in dataclasses.fields(record)}
    fields |= {field.name for field in msgspec.structs.fields(Comparison)} - {"schema_version"}
    assert fields - names == set()


# --- links ---------------------------------------------------------------------------------------------------------


def links(page: Path) -> Iterator[tuple[str, str]]:
    """The relative links of a page: path ('' for the page itself) and anchor."""
    for target in re.findall(r"\]\(([^)\s]+)\)", prose(page.read_text(encoding="utf-8"))):
        if not re.match(r"[a-z]+:", target):
            path, _, anchor = target.partition("#")
            yield path, anchor


def anchors(page: Path) -> set[str]:
    """The anchors that GitHub gives to the headings of a page."""
    titles = re.findall(r"^#+ (.+)$", prose(page.read_text(encoding="utf-8")), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_relative_link_leads_to_a_file_and_a_heading(page: Path) -> None:
    broken = []
    for path, anchor in links(page):
        target = (page.parent / path).resolve() if path else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            broken.append(f"{path}#{anchor}")
    assert broken == []


def test_every_page_can_be_reached_from_the_index() -> None:
    index = DOCS / "index.md"
    listed = {(DOCS / path).resolve() for path, _ in links(index)}
    assert [page.name for page in DOCS.rglob("*.md") if page.resolve() not in listed | {index.resolve()}] == []


def test_a_broken_link_is_seen(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "# A title: `x.y`\n[a](nowhere.md#there) [b](#a-title-xy)\n```\n[c](code.md)\n```\n", encoding="utf-8"
    )
    assert list(links(page)) == [("nowhere.md", "there"), ("", "a-title-xy")]
    assert anchors(page) == {"a-title-xy"}


# --- examples ------------------------------------------------------------------------------------------------------

SETTINGS = [(page.stem, block) for page in PAGES for block in blocks(page.read_text(encoding="utf-8"), "toml")]


@pytest.mark.parametrize("block", [block for _, block in SETTINGS], ids=[name for name, _ in SETTINGS])
def test_settings_in_the_documentation_are_accepted(tmp_path: Path, block: str) -> None:
    (tmp_path / ("pyproject.toml" if "tool.xverify" in block else "xverify.toml")).write_text(block, encoding="utf-8")
    assert read_settings(tmp_path) != Policy()


def run(code: list[str]) -> dict[str, Any]:
    """Runs code blocks one after the other in one namespace, which it returns."""
    names: dict[str, Any] = {"__name__": "example"}
    for block in code:
        exec(compile(block, "example", "exec"), names)
    return names


def test_the_examples_of_the_python_api_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    text = text_of("reference/python-api.md")
    names = run(blocks(text, "python"))
    tests = [value for name, value in names.items() if name.startswith("test_")]
    assert tests
    for test in tests:
        test()
    assert capsys.readouterr().out.startswith(blocks(text, "")[0])


def test_the_octave_example_computes_what_pytorch_computes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    octave = shutil.which("octave-cli")
    if octave is None:
        pytest.skip("GNU Octave is not installed")
    monkeypatch.chdir(tmp_path)
    text = text_of("how-to/compare-a-mat-file.md")
    model, inputs = run(blocks(text, "python")[:1])["small_net"]()
    bundle = xverify.export(model, inputs, "small-net")
    (script,) = blocks(text, "matlab")
    wrong = script.replace("reshape(permute(a.relu, [2 1 3 4]), [], batch)", "reshape(a.relu, [], batch)")
    assert wrong != script
    for code, failed in ((script, []), (wrong, ["view", "fc"])):
        Path("run_small_net.m").write_text(code, encoding="utf-8")
        subprocess.run([octave, "-qf", "--no-history", "run_small_net.m"], check=True)
        comparison = xverify.compare(bundle, "activations.mat")
        assert [layer.id for layer in comparison.failed] == failed
        assert comparison.passed == (not failed)


@pytest.mark.network
def test_the_faults_of_the_tutorial_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    from xverify.models.loading import load_model

    monkeypatch.chdir(tmp_path)
    xverify.export(load_model("cifar10").model, torch.randn(2, 3, 32, 32), "net", noise_runs=1)
    edit, rehash, change_weight = blocks(text_of("tutorial/first-comparison.md"), "python")

    shutil.copytree("net", "faulty")
    run([edit])
    with pytest.raises(xverify.XverifyError, match="is not the file that was exported"):
        xverify.compare("faulty")
    run([rehash])
    comparison = xverify.compare("faulty")
    assert comparison.first_fault == "features_8"
    assert [layer.id for layer in comparison.layers if layer.local and not layer.local.passed] == ["features_8"]

    shutil.rmtree("faulty")
    shutil.copytree("net", "faulty")
    run([change_weight])
    comparison = xverify.compare("faulty")
    assert not comparison.passed
    assert [change.initializer for change in comparison.parameters.changed] == ["features_9_weight"]
