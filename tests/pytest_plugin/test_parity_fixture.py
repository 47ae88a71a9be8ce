"""The fixture `xverify_parity`, its marker and its options, in sessions of their own."""

import json
import os
import shlex
from pathlib import Path

import msgspec
import pytest
from parity_projects import CONFTEST, NET

import xverify
from xverify.bundle.bundle import Bundle
from xverify.cli.main import invoke
from xverify.comparison.results import Comparison

pytest_plugins = ["pytester"]


@pytest.fixture
def project(pytester: pytest.Pytester, cnn_bundle: Bundle) -> pytest.Pytester:
    """A folder with my_net.py and the fixtures that plant differences.

    Sessions in this process forget the modules that they were the first to import, which torch does not survive: `cnn_bundle`
    has it all loaded before.
    """
    assert xverify.compare(cnn_bundle).passed
    pytester.makepyfile(my_net=NET)
    pytester.makeconftest(CONFTEST)
    return pytester


def run(project: pytest.Pytester, code: str, *arguments: str) -> pytest.RunResult:
    """A session in this process over one test file."""
    project.makepyfile(test_net=f"import pytest\nfrom my_net import *\n\n{code}")
    return project.runpytest_inprocess("-p", "no:cacheprovider", *arguments)


def folded(result: pytest.RunResult) -> str:
    """The output with runs of blanks as one."""
    return "\n".join(" ".join(line.split()) for line in result.outlines)


def test_a_network_that_is_the_same_passes_and_is_counted(project: pytest.Pytester) -> None:
    code = """
def test_net(xverify_parity):
    comparison = xverify_parity(Net(), images())
    assert (comparison.coverage.compared, comparison.coverage.total, comparison.model) == (5, 5, "Net")
    assert xverify_parity.comparisons == [comparison]

def test_other():
    pass
"""
    result = run(project, code, "--xverify-json", "results", "--xverify-keep", "kept")
    result.assert_outcomes(passed=2)
    assert "xverify: 1 network compared, 5 layers, 0 failed" in result.outlines
    (file,) = Path("results").iterdir()
    assert json.loads(file.read_bytes())["passed"] is True
    assert not Path("kept").exists()


def test_a_failure_says_where_and_why_and_what_to_type(project: pytest.Pytester) -> None:
    code = """
def test_net(xverify_parity, other_epsilon):
    xverify_parity(Net(), images())
"""
    result = run(project, code, "--xverify-json", "results", "--xverify-keep", "kept")
    result.assert_outcomes(failed=1)
    text = folded(result)
    for line in (
        "layer norm: batch_norm, 2x7x4x8",
        "source my_net.py:16: x = torch.relu(self.norm(self.conv(x)))",
        "cause Epsilon is 0.01 instead of 1e-05. (certain: epsilon)",
        "fix ONNX: the attribute epsilon = 1e-05.",
        "Worst of 4 failing layers",
        "called at test_net.py:6",
        "xverify: 1 network compared, 5 layers, 1 failed",
    ):
        assert f"\n{line}\n" in text
    assert "\nFirst fault norm (my_net.py:16): Net against onnxruntime " in text
    worst = text.partition("Worst of 4 failing layers\n")[2].splitlines()
    assert [line.split()[0] for line in worst[:5]] == ["layer", "norm", "relu", "view", "fc"]
    for noise in ("Traceback", "def test_net", "\nE ", "testing.py", "torch.__trace"):
        assert noise not in text
    (summary,) = [line for line in result.outlines if line.startswith("FAILED ")]
    assert summary.startswith("FAILED test_net.py::test_net - First fault norm (my_net.py:16)")

    (kept,) = Path("kept").iterdir()
    (command,) = [line.split(maxsplit=2)[2] for line in result.outlines if line.lstrip().startswith("see more")]
    assert shlex.split(command) == ["xverify", "explain", f"kept/{kept.name}", "norm"]
    assert invoke(shlex.split(command)[1:]) == 0
    (file,) = Path("results").iterdir()
    assert file.stem == kept.name
    assert msgspec.json.decode(file.read_bytes())["first_fault"] == "norm"


def test_a_failure_is_an_assertion_error_that_holds_the_comparisons(project: pytest.Pytester) -> None:
    code = """
@pytest.mark.xfail(raises=AssertionError, strict=True)
def test_expected(xverify_parity, other_epsilon):
    xverify_parity(Net(), images())

def test_caught(xverify_parity, other_epsilon):
    from xverify.testing import ParityError
    with pytest.raises(ParityError, match="First fault norm") as caught:
        xverify_parity(Net(), images())
    assert [item.first_fault for item in caught.value.comparisons] == ["norm"]
    assert "keep the bundle" in str(caught.value)
"""
    run(project, code).assert_outcomes(xfailed=1, passed=1)


def test_full_trace_brings_the_traceback_back(project: pytest.Pytester) -> None:
    code = """
def test_net(xverify_parity):
    xverify_parity(Net().double(), images())
"""
    short, full = run(project, code), run(project, code, "--full-trace")
    assert "conv.weight is float64; xverify verifies float32 networks." in short.outlines
    assert "export_model" not in str(short.stdout)
    assert "export_model" in str(full.stdout)


def test_what_cannot_be_exported_fails_and_is_counted(project: pytest.Pytester) -> None:
    code = """
def test_net(xverify_parity):
    xverify_parity(Net().double(), images(), name="x")
"""
    results = Path("results")
    run(project, code.replace(".double()", ""), "--xverify-json", "results").assert_outcomes(passed=1)
    assert len(list(results.iterdir())) == 1
    result = run(project, code, "--xverify-json", "results")
    result.assert_outcomes(failed=1)
    assert "Convert the model first: model.float()." in result.outlines
    assert "xverify: 0 networks compared, 0 layers, 0 failed, 1 could not be compared" in result.outlines
    assert list(results.iterdir()) == []  # what passed before says nothing about now


def test_what_is_no_network_is_told_and_counted(project: pytest.Pytester) -> None:
    code = """
@pytest.mark.parametrize("model", [Net, lambda x: x, None], ids=["class", "function", "none"])
def test_net(xverify_parity, model):
    xverify_parity(model, images())
"""
    result = run(project, code)
    result.assert_outcomes(failed=3)
    for kind in ("class Net", "function", "NoneType"):
        assert f"The model is no torch.nn.Module: it is a {kind}." in result.outlines
    assert "xverify: 0 networks compared, 0 layers, 0 failed, 3 could not be compared" in result.outlines


def test_a_folder_that_cannot_be_written_to_costs_no_verdict(project: pytest.Pytester) -> None:
    code = """
from pathlib import Path

def in_the_way():
    Path("results").rmdir()
    Path("results").write_text("")

def test_same(xverify_parity):
    in_the_way()
    xverify_parity(Net(), images())

def test_late(xverify_parity, other_epsilon):
    in_the_way()
    xverify_parity(Net(), images())
"""
    Path("file").write_text("", encoding="utf-8")
    result = run(project, code, "--xverify-json", "file", "-k", "late")
    result.assert_outcomes(errors=1)
    assert "--xverify-json: " in str(result.stdout)
    assert "NotADirectoryError" not in str(result.stdout)
    assert "FileExistsError" not in str(result.stdout)

    result = run(project, code, "--xverify-json", "results", "-k", "same")
    result.assert_outcomes(failed=1)
    assert "The report cannot be written to " in str(result.stdout)
    Path("results").unlink()
    result = run(project, code, "--xverify-json", "results", "-k", "late")
    result.assert_outcomes(failed=1)
    assert "First fault norm" in str(result.stdout)
    assert "The report cannot be written to " in str(result.stdout)


def test_recorded_activations_are_compared_beside_a_runtime(project: pytest.Pytester) -> None:
    code = """
def test_same(xverify_parity, recorded):
    first = xverify_parity(Net(), images(), against=["onnxruntime", recorded("good file.mat")])
    assert len(xverify_parity.comparisons) == 2
    assert xverify_parity.comparisons[0] is first

def test_broken(xverify_parity, recorded):
    xverify_parity(Net(), images(), against=["onnxruntime", recorded("bad file.mat", "fc")])
"""
    result = run(project, code)
    result.assert_outcomes(passed=1, failed=1)
    text = folded(result)
    assert "First fault fc (my_net.py:17): Net against bad file.mat" in text
    assert "bad file.mat'" in text.partition("see more xverify explain FOLDER fc --against '")[2]
    assert "First layer that fails" not in text
    assert "xverify: 4 networks compared, 20 layers, 1 failed" in text


def test_the_call_wins_over_the_marker_and_the_marker_over_the_command_line(project: pytest.Pytester) -> None:
    code = """
@pytest.mark.xverify(atol=10, keep="marked")
class TestTolerance:
    def test_marker(self, xverify_parity, other_epsilon):
        xverify_parity(Net(), images())

    def test_call(self, xverify_parity, other_epsilon):
        xverify_parity(Net(), images(), rtol=1e-9)

@pytest.mark.xverify(against="onnxruntime")
def test_against_of_the_marker(xverify_parity):
    xverify_parity(Net(), images())

def test_against_of_the_command_line(xverify_parity):
    xverify_parity(Net(), images())
"""
    result = run(
        project, code, "--xverify-against", "nowhere.mat", "--xverify-keep", "given", "-k", "Tolerance or against"
    )
    names = {line.split(" ")[1].rpartition("::")[2] for line in result.outlines if line.startswith("FAILED ")}
    assert names == {"test_marker", "test_call", "test_against_of_the_command_line"}
    assert str(result.stdout).count("nowhere.mat") >= 3

    result = run(project, code, "-k", "Tolerance")
    result.assert_outcomes(passed=1, failed=1, deselected=2)
    assert [path.name.partition("-TestTolerance-")[2][:9] for path in Path("marked").iterdir()] == ["test_call"]
    assert not Path("given").exists()


def test_a_layer_is_allowed_by_name_and_with_a_reason(project: pytest.Pytester) -> None:
    code = """
@pytest.mark.xverify(allow={"relu": "dead on purpose"})
def test_allowed(xverify_parity):
    assert xverify_parity(Dead(), images()).layers[-1].permitted == "dead on purpose"

def test_not_allowed(xverify_parity):
    xverify_parity(Dead(), images())

def test_no_reason(xverify_parity):
    xverify_parity(Dead(), images(), allow={"relu": " "})
"""
    result = run(project, code)
    result.assert_outcomes(passed=1, failed=2)
    assert "all zero" in str(result.stdout)
    assert "allow: 'relu' has no reason." in result.outlines


def test_names_are_hostile_text(project: pytest.Pytester) -> None:
    code = r"""
@pytest.mark.parametrize("number", [0, 1], ids=["../../../escape", "..\\..\\escape"])
def test_net(xverify_parity, other_epsilon, number):
    xverify_parity(Net(), images(), name="evil\x1b[2J\n::error::owned\x07")
"""
    result = run(project, code, "--xverify-json", "results", "--xverify-keep", "kept", "--junitxml", "junit.xml")
    result.assert_outcomes(failed=2)
    assert "\x1b" not in str(result.stdout)
    assert not [line for line in result.outlines if line.startswith("::")]
    assert "evil [2J ::error::owned against onnxruntime" in folded(result)
    kept, files = sorted(path.name for path in Path("kept").iterdir()), sorted(Path("results").iterdir())
    assert len(kept) == 2
    assert [file.stem for file in files] == kept
    assert all(name.isascii() and set("./\\[] ").isdisjoint(name) for name in kept)
    assert not any(path.name.startswith("escape") for path in Path.cwd().parent.rglob("*escape*"))
    assert "evil [2J ::error::owned" in Path("junit.xml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("marker", "message"),
    [
        ("attol=1", "The marker 'xverify' does not know attol."),
        ("'octave'", "The marker 'xverify' does not know 'octave'."),
        ("against=[]", "`against` is empty: nothing would be compared."),
    ],
)
def test_a_wrong_marker_is_an_error(project: pytest.Pytester, marker: str, message: str) -> None:
    code = f"""
@pytest.mark.xverify({marker})
def test_net(xverify_parity):
    pass
"""
    result = run(project, code)
    result.assert_outcomes(errors=1)
    assert message in result.outlines


def test_a_test_that_compares_nothing_is_warned_of(project: pytest.Pytester) -> None:
    code = """
def test_not_called(xverify_parity):
    pass

@pytest.mark.xverify(atol=1)
def test_not_used():
    pass
"""
    result = run(project, code, "--strict-markers")
    result.assert_outcomes(passed=2, warnings=2)
    assert "xverify_parity was requested and not called: xverify compared nothing here." in str(result.stdout)
    assert "marked 'xverify', but does not use xverify_parity" in str(result.stdout)
    assert not any(line.startswith("xverify:") for line in result.outlines)


def test_the_workers_of_xdist_report_to_the_session(project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(os.environ, "OMP_NUM_THREADS", "1")
    code = """
@pytest.mark.parametrize("number", [1, 2])
def test_same(xverify_parity, number):
    xverify_parity(Net(), images())

def test_other(xverify_parity, other_epsilon):
    xverify_parity(Net(), images())

def test_refused(xverify_parity):
    xverify_parity(Net().double(), images())
"""
    options = ("-n", "2", "--xverify-keep", "kept", "--xverify-json", "results", "--junitxml", "junit.xml")
    project.makepyfile(test_net=f"import pytest\nfrom my_net import *\n{code}")
    result = project.runpytest_subprocess(*options, timeout=240)
    result.assert_outcomes(passed=2, failed=2)
    text = folded(result)
    assert "xverify: 3 networks compared, 15 layers, 1 failed, 1 could not be compared" in text
    assert "\nFirst fault norm (my_net.py:16): Net against onnxruntime " in text
    assert "Traceback" not in text
    assert [path.name.rpartition("-")[0] for path in Path("kept").iterdir()] == ["test_net-test_other"]
    assert len(list(Path("results").iterdir())) == 3
    junit = Path("junit.xml").read_text(encoding="utf-8")
    assert junit.count('<property name="xverify.verdict" value="passed"') == 2
    assert junit.count('<property name="xverify.first_fault" value="norm"') == 1
    assert junit.count('<property name="xverify.refused" value="conv.weight is float64') == 1


def test_json_of_one_comparison_is_that_of_the_command_line(project: pytest.Pytester) -> None:
    code = """
def test_net(xverify_parity):
    xverify_parity(Net(), images())
"""
    run(project, code, "--xverify-json", "a/b").assert_outcomes(passed=1)
    (file,) = Path("a/b").iterdir()
    assert msgspec.json.decode(file.read_bytes(), type=Comparison).coverage.total == 5
