"""`xverify compare --html`: the page is written beside the verdict, and a page that cannot be written costs no verdict."""

import json
from pathlib import Path
from typing import Any

import pytest
from sample_comparisons import failing, passing

from xverify.cli.main import invoke
from xverify.comparison.results import Comparison
from xverify.workflows import compare as workflow

BESIDE: dict[str, dict[str, Any]] = {
    "check": {
        "bundle_id": passing().bundle_id, "file": "model.onnx", "release": "R2024b", "blocked": False, "custom_layers": False,
        "score": {"built_in": 8, "custom": 0},
        "findings": [{"severity": "note", "what": "<b>assumed</b>", "where": ["a", "b", "c", "d", "e"], "reason": "r",
                      "evidence": "e", "confidence": "assumed", "action": "look"}],
    },
    "weights": {
        "bundle_id": passing().bundle_id, "passed": False, "file": "net.mat", "form": "network", "producer": "MATLAB R2024b",
        "parameters": [
            {"status": "equal", "layer": "conv", "property": "Bias", "names": ["conv.bias"]},
            {"status": "changed", "layer": "conv", "property": "Weights", "names": ["conv.weight"], "note": "tuned",
             "change": {"max": 0.25, "relative": None}},
        ],
    },
    "parity": {
        "bundle_id": passing().bundle_id, "passed": True, "reference": "torch 2.9", "against": "GNU Octave 7.3.0", "data": "test",
        "samples": {"total": 9, "compared": 8}, "agreement": {"top1": 7, "near_ties": 1, "other_decisions": 0},
        "logits": {"largest_difference": 1e-5, "beyond": 0, "not_finite": 0},
        "differences": [{"sample": "test/3", "status": "near tie", "label": "", "reference": "cat", "other": "dog",
                         "difference": 1e-5, "allowed": 1e-3}],
    },
}  # fmt: skip


@pytest.fixture
def compared(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[Comparison]:
    """What the command finds; the first test argument of a comparison replaces it."""
    found = [passing()]
    monkeypatch.setattr(workflow, "compare_all", lambda *_: found)
    monkeypatch.chdir(tmp_path)
    return found


def beside(name: str) -> str:
    Path(f"{name}.json").write_text(json.dumps(BESIDE[name]), encoding="utf-8")
    return f"{name}.json"


def page() -> str:
    return Path("page.html").read_text(encoding="utf-8")


def test_the_page_is_written(compared: list[Comparison]) -> None:
    assert invoke(["compare", "net", "--html", "page.html", "-q"]) == 0
    assert "PASSED" in page()
    assert "xverify check BUNDLE --json check.json" in page()


def test_a_page_that_cannot_be_written_costs_no_verdict(
    compared: list[Comparison], capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["compare", "net", "--html", "absent/page.html", "--json", "report.json"]
    assert invoke(command) == 2
    out, error = capsys.readouterr()
    assert "PASSED" in out
    assert "absent/page.html" in error
    compared[:] = [failing()]
    assert invoke(command) == 1
    assert "FAILED" in capsys.readouterr().out
    assert json.loads(Path("report.json").read_text(encoding="utf-8"))["passed"] is False


def test_other_results_stand_beside(compared: list[Comparison]) -> None:
    options = [part for name in BESIDE for part in ("--beside", beside(name))]
    assert invoke(["compare", "net", "--html", "page.html", "-q", *options]) == 0
    for text in (
        "MATLAB&#39;s importer, R2024b",
        "&lt;b&gt;assumed&lt;/b&gt;",
        "a, b, c, d and 1 more",
        "2: 1 equal, 1 changed",
        "<td>2.50e-01</td><td>-</td><td>tuned</td>",
        "8 of 9 compared, against GNU Octave 7.3.0",
        "<td>test/3</td><td>near tie</td>",
    ):
        assert text in page()
    assert "xverify check BUNDLE" not in page()


def test_a_result_of_another_bundle_is_refused_and_the_page_is_there(
    compared: list[Comparison], capsys: pytest.CaptureFixture[str]
) -> None:
    BESIDE["other"] = BESIDE["weights"] | {"bundle_id": "another"}
    assert invoke(["compare", "net", "--html", "page.html", "--beside", beside("other")]) == 2
    assert "other.json is about another bundle: another" in capsys.readouterr().err
    assert "PASSED" in page()


@pytest.mark.parametrize("named", [{"bundle_id": ""}, {}], ids=["plain file", "older file"])
def test_a_result_that_names_no_bundle_has_no_verdict_here(named: dict[str, str], compared: list[Comparison]) -> None:
    """It may be of another network: a PASSED beside this one would be believed."""

    def section() -> str:
        assert invoke(["compare", "net", "--html", "page.html", "-q", "--beside", beside("anyone")]) == 0
        return page().partition("importer, R2024b")[2].partition("</section>")[0]

    BESIDE["anyone"] = BESIDE["check"]
    assert "PASSED" in section()
    BESIDE["anyone"] = {key: value for key, value in BESIDE["check"].items() if key != "bundle_id"} | named
    assert "PASSED" not in section()
    assert "the result names none" in section()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("{", "is no JSON"),
        ("[" * 100_000, "is no JSON"),
        ("[]", "holds no result"),
        ("{}", "nothing that stands beside"),
        ('{"findings": 3}', "is damaged"),
        (None, "cannot be read"),
    ],
)
def test_a_file_that_is_no_result_is_named(
    content: str | None, words: str, compared: list[Comparison], capsys: pytest.CaptureFixture[str]
) -> None:
    if content is not None:
        Path("bad.json").write_text(content, encoding="utf-8")
    assert invoke(["compare", "net", "--html", "page.html", "--beside", "bad.json"]) == 2
    error = capsys.readouterr().err
    assert words in error
    assert "bad.json" in error


def test_beside_without_a_page_is_refused(compared: list[Comparison], capsys: pytest.CaptureFixture[str]) -> None:
    assert invoke(["compare", "net", "--beside", "x.json"]) == 2
    assert "--beside belongs to --html" in capsys.readouterr().err
