"""matlab/tests/test_*.m in Octave: what a user calls on a bundle, and its errors."""

from pathlib import Path

from layer_cases import CASES
from make_test_files import make_bundles, make_cases
from octave_program import needs_octave, octave


@needs_octave
def test_the_test_files_of_matlab_pass_in_octave(tmp_path: Path) -> None:
    make_bundles(tmp_path / "bundles")
    make_cases(tmp_path / "cases", {op: CASES[op] for op in ("reluLayer", "averagePooling1dLayer")})
    result = octave(
        "run_tests()", {"XVERIFY_TEST_BUNDLES": tmp_path / "bundles", "XVERIFY_TEST_CASES": tmp_path / "cases"}
    )
    assert result.returncode == 0, result.stdout + result.stderr
    assert "FAILED" not in result.stdout
    tests = sum(
        path.read_text().count("\nfunction test_")
        for path in (Path(__file__).parents[2] / "matlab/tests").glob("test_*.m")
    )
    assert result.stdout.count("ok      ") == tests > 20


@needs_octave
def test_a_test_that_fails_is_counted(tmp_path: Path) -> None:
    result = octave("run_tests()", {"XVERIFY_TEST_BUNDLES": tmp_path, "XVERIFY_TEST_CASES": tmp_path})
    assert result.returncode == 1
    assert "tests failed" in result.stderr
