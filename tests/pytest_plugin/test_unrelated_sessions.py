"""pytest loads the plugin wherever xverify is installed: a session that does not use it must not notice."""

import importlib.metadata
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

ROOT = Path(__file__).parents[2]


def test_the_installed_package_names_the_plugin_as_the_project_does() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    entries = importlib.metadata.distribution("xverify").entry_points.select(group="pytest11")
    assert {entry.name: entry.value for entry in entries} == project["entry-points"]["pytest11"]


def test_importing_the_plugin_imports_nothing_of_xverify_beyond_three_small_modules() -> None:
    code = (
        "import pytest, sys; before = set(sys.modules); import xverify.pytest_plugin; print(*set(sys.modules) - before)"
    )
    result = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    new = set(result.stdout.split())
    own = {"xverify", "xverify.errors", "xverify.pytest_plugin", "xverify.testing", "xverify.version"}
    assert {name for name in new if name.partition(".")[0] == "xverify"} == own
    heavy = {"click", "h5py", "msgspec", "numpy", "onnx", "onnxruntime", "rich", "scipy", "torch"}
    assert not {name.partition(".")[0] for name in new} & heavy


def test_a_session_without_the_fixture_loads_and_prints_nothing(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("""
import sys

def test_nothing_is_loaded():
    loaded = {name.partition(".")[0] for name in sys.modules}
    assert "xverify.pytest_plugin" in sys.modules
    assert not loaded & {"torch", "onnxruntime", "numpy", "msgspec", "rich"}
""")
    result = pytester.runpytest_subprocess("-p", "no:hypothesispytest", timeout=120)
    result.assert_outcomes(passed=1)
    assert "xverify:" not in str(result.stdout)


def test_a_failure_of_other_tests_keeps_its_traceback(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("""
from xverify.errors import XverifyError

def test_assertion():
    assert 1 == 2

def test_error_of_xverify_without_the_fixture():
    raise XverifyError("message", "hint")
""")
    result = pytester.runpytest_inprocess()
    result.assert_outcomes(failed=2)
    result.stdout.fnmatch_lines(["E       assert 1 == 2", '>       raise XverifyError("message", "hint")'])


def test_the_help_lists_the_options_and_the_marker(pytester: pytest.Pytester) -> None:
    help_text = str(pytester.runpytest_inprocess("--help").stdout)
    assert all(option in help_text for option in ("--xverify-against", "--xverify-keep", "--xverify-json"))
    assert "@pytest.mark.xverify(against=" in str(pytester.runpytest_inprocess("--markers").stdout)
