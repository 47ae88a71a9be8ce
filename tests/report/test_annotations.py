from pathlib import Path

import msgspec
import pytest
from sample_comparisons import beside_baseline, changed, changed_parameters, failing, passing, recorded, with_layers

from xverify.comparison.results import Comparison, Regression
from xverify.errors import XverifyError
from xverify.report.annotations import LIMIT, append_summary, to_github, to_summary
from xverify.report.markdown import to_markdown

CODE = "return self.norm1(x)"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A folder in which line 88 of models/densenet.py is the samples' code."""
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "densenet.py").write_text("\n" * 87 + f"        {CODE}  \n", encoding="utf-8")
    return tmp_path


def with_source(source_line: str) -> Comparison:
    fault = changed(failing().layers[4], source_line=source_line)
    return with_layers(failing(), dens_dens_12_norm1=fault)


def test_a_fault_is_an_error_at_its_line_and_what_was_not_compared_a_warning(checkout: Path) -> None:
    place = "file=models/densenet.py,line=88,title=xverify%3A"
    error, problem, *warnings = to_github([failing()], checkout)
    assert error.startswith(f"::error {place} features.denseblock3.denselayer12.norm1 (dens_dens_12_norm1) against")
    assert "::reason: the local error is above what is allowed%0Alocal error: 1.24e-03, allowed 3.97e-07" in error
    assert "cause: The normalisation adds 0.001" in error
    assert problem.startswith("::error title=")
    assert "conv_99" in problem
    assert [line.partition(" title")[0].split(" ")[0] for line in warnings] == ["::warning", "::warning"]
    assert warnings[0].startswith(f"::warning {place} encoder")
    assert warnings[0].endswith("::not compared: its value is no tensor in model.onnx")
    assert "not compared, permitted: fused by the code generator" in warnings[1]


def test_a_pass_is_silent(checkout: Path) -> None:
    assert to_github([passing()], checkout) == []


@pytest.mark.parametrize(
    "source_line",
    [
        "models/densenet.py:87: " + CODE,
        "models/densenet.py:99999: " + CODE,
        "models/densenet.py:0: " + CODE,
        "models/densenet.py:88: return self.norm2(x)",
        "models/densenet.py:88: return self",
        "models/densenet.py:88: ",
        "models/other.py:88: " + CODE,
        "models:88: " + CODE,
        "../outside.py:1: secret = 1",
        "/etc/hostname:1: x",
        "a\x00b.py:1: x",
        "x" * 5000 + ".py:1: x",
        "no line at all",
        "",
    ],
)
def test_a_line_that_is_not_that_code_is_not_pointed_to(source_line: str, checkout: Path) -> None:
    (checkout.parent / "outside.py").write_text("secret = 1\n", encoding="utf-8")
    error = to_github([with_source(source_line)], checkout)[0]
    assert error.startswith("::error title=")


def test_a_link_that_leads_out_of_the_folder_is_not_followed(checkout: Path) -> None:
    (checkout.parent / "secret.py").write_text("secret = 1\n", encoding="utf-8")
    (checkout / "link.py").symlink_to(checkout.parent / "secret.py")
    assert to_github([with_source("link.py:1: secret = 1")], checkout)[0].startswith("::error title=")


def test_a_source_line_that_the_bundle_cut_is_found_by_its_beginning(checkout: Path) -> None:
    code = "value = " + "x + " * 100 + "x"
    (checkout / "long.py").write_text(code + "\n", encoding="utf-8")
    assert "file=long.py,line=1," in to_github([with_source(f"long.py:1: {code}"[:200])], checkout)[0]


def test_files_are_named_from_the_checkout_and_escaped(checkout: Path) -> None:
    folder = checkout / "models"
    (folder / "a,b%:c.py").write_text("pass\n", encoding="utf-8")
    error = to_github([with_source("a,b%:c.py:1: pass")], folder, checkout)[0]
    assert error.startswith("::error file=models/a%2Cb%25%3Ac.py,line=1,")


def test_beside_a_baseline_regressions_are_errors_and_known_failures_warnings(checkout: Path) -> None:
    lines = to_github([beside_baseline(Regression("add_7", "coverage lost", "was compared"))], checkout)
    errors = [line for line in lines if line.startswith("::error")]
    assert [line.partition("::")[2].partition("::")[2] for line in errors] == [
        "regression, coverage lost: was compared"
    ]
    known = [line for line in lines if "known since the baseline" in line]
    assert len(known) == 4
    assert all(line.startswith("::warning") for line in known)
    assert not any(line.startswith("::error") for line in to_github([beside_baseline()], checkout))


def test_changed_parameters_and_a_layer_that_no_fault_explains_are_errors(checkout: Path) -> None:
    lines = to_github([changed_parameters(2)], checkout)
    assert any(line.startswith("::error title=") and "2 CHANGED" in line for line in lines)
    assert to_github([recorded()], checkout)[0].startswith("::error file=models/densenet.py")


def test_whatever_fails_has_an_error(checkout: Path) -> None:
    bare = msgspec.structs.replace(failing(), first_fault=None, faults=(), problems=(), layers=failing().layers[6:7])
    (error, _) = to_github([bare], checkout)
    assert error.startswith("::error title=xverify%3A cifar10-net")
    assert error.endswith("8/10 compared; 1 not compared")


def test_no_more_than_github_shows_and_the_rest_is_told(checkout: Path) -> None:
    faults = tuple(layer.id for layer in passing().layers)
    many = msgspec.structs.replace(failing(), faults=faults)
    errors = [line for line in to_github([many, many], checkout) if line.startswith("::error")]
    assert len(errors) == LIMIT
    assert errors[-1] == "::error title=xverify::and 13 more: see the report of xverify"


# --- the job summary --------------------------------------------------------------------------------------------------


def test_the_summary_is_appended(tmp_path: Path) -> None:
    path = tmp_path / "summary.md"
    path.write_bytes(b"# Before\n")
    append_summary([failing()], path)
    assert path.read_bytes() == b"# Before\n" + to_markdown(failing())


def test_a_summary_that_is_too_long_loses_the_table_first_and_never_the_verdict(tmp_path: Path) -> None:
    whole = to_summary([failing()])
    assert whole == to_markdown(failing())
    without = to_summary([failing()], len(whole) - 1)
    assert b"FAILED" in without
    assert b"<details>" not in without
    least = to_summary([failing()], len(without) - 1)
    assert least.startswith(b"FAILED: 8/10 compared")
    assert to_summary([failing()], 10) == b""


def test_a_summary_that_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(XverifyError, match="cannot be written"):
        append_summary([failing()], tmp_path)
    path = tmp_path / "full.md"
    path.write_bytes(b"x" * 2**20)
    with pytest.raises(XverifyError, match="is full"):
        append_summary([failing()], path)
