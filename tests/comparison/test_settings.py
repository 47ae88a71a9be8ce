"""A project's settings files: which one counts, what is in it, what is refused."""

from pathlib import Path

import pytest

from xverify.comparison.policy import Fixed, Policy, read_settings
from xverify.errors import XverifyError

FULL = """
atol = 1e-4
rtol = 0
[allow]
dropout_3 = "identity in eval mode"
[[layer]]
pattern = "features_*"
rtol = 1e-3
[[layer]]
pattern = "features_9"
atol = 1
"""
POLICY = Policy(
    default=Fixed(1e-4, 0.0),
    layers=(("features_*", Fixed(0.0, 1e-3)), ("features_9", Fixed(1.0, 0.0))),
    allow={"dropout_3": "identity in eval mode"},
)


def under_tool(text: str) -> str:
    return "[tool.xverify]\n" + text.replace("[allow]", "[tool.xverify.allow]").replace(
        "[[layer]]", "[[tool.xverify.layer]]"
    )


def test_both_files_say_the_same(tmp_path: Path) -> None:
    for name, text in (("xverify.toml", FULL), ("pyproject.toml", under_tool(FULL))):
        folder = tmp_path / name.replace(".", "-")
        folder.mkdir()
        (folder / name).write_text(text)
        assert read_settings(folder) == POLICY


def test_no_file_means_the_calibrated_tolerances(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "other"\n')
    (tmp_path / "xverify.toml").mkdir()  # a folder of that name is none
    assert read_settings(tmp_path) == Policy()


def test_the_nearest_file_counts(tmp_path: Path) -> None:
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    (tmp_path / "xverify.toml").write_text("atol = 1")
    assert read_settings(inner).default == Fixed(1.0)
    (tmp_path / "a" / "pyproject.toml").write_text("[tool.xverify]\natol = 2")
    assert read_settings(inner).default == Fixed(2.0)
    (inner / "pyproject.toml").write_text('[project]\nname = "of another tool"\n')
    assert read_settings(inner).default == Fixed(2.0)
    (inner / "xverify.toml").write_text("")
    assert read_settings(inner) == Policy()


def test_xverify_toml_goes_before_pyproject(tmp_path: Path) -> None:
    (tmp_path / "xverify.toml").write_text("atol = 1")
    (tmp_path / "pyproject.toml").write_text("[tool.xverify]\natol = 2")
    assert read_settings(tmp_path).default == Fixed(1.0)


def test_a_relative_folder_is_searched_upwards_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "xverify.toml").write_text("atol = 1")
    (tmp_path / "sub").mkdir()
    monkeypatch.chdir(tmp_path / "sub")
    assert read_settings(Path()).default == Fixed(1.0)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("atoll = 1", "unknown settings: atoll"),
        ("atol = 'small'", "are numbers"),
        ("atol = true", "are numbers"),
        ("atol = [1]", "are numbers"),
        ("atol = 2026-01-01", "are numbers"),
        ("atol = -1", "finite and not negative"),
        ("rtol = nan", "finite and not negative"),
        ("rtol = inf", "finite and not negative"),
        ("allow = ['dropout']", "'allow' a table"),
        ("layer = 3", "'layer' is a list of tables"),
        ("[layer]\npattern = 'a'\natol = 1", "'layer' is a list of tables"),
        ("layer = ['a']", "has no pattern"),
        ("[[layer]]\natol = 1", "has no pattern"),
        ("[[layer]]\npattern = 3\natol = 1", "has no pattern"),
        ("[[layer]]\npattern = ''\natol = 1", "has no pattern"),
        ("[[layer]]\npattern = 'a'", "gives neither atol nor rtol"),
        ("[[layer]]\npattern = 'a'\ntol = 1", "unknown setting 'tol'"),
        ("[allow]\ndropout = ''", "has no reason"),
        ("[allow]\ndropout = '  '", "has no reason"),
        ("[allow]\ndropout = true", "has no reason"),
    ],
)
def test_wrong_settings_are_refused_with_the_name_of_the_file(text: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "xverify.toml").write_text(text)
    with pytest.raises(XverifyError, match=message) as caught:
        read_settings(tmp_path)
    assert str(tmp_path / "xverify.toml") in caught.value.message
    assert caught.value.hint


@pytest.mark.parametrize("text", ["tool = 3", "[[tool]]\na = 1", "[tool]\nxverify = 3", "[[tool.xverify]]\natol = 1"])
def test_a_pyproject_whose_tool_is_no_table_is_refused(text: str, tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(text)
    with pytest.raises(XverifyError, match="is not a table"):
        read_settings(tmp_path)


@pytest.mark.parametrize(
    "content",
    [b"atol = ", b"atol = 1\natol = 2", b"\xff\xfe", b"[allow", "größe = '\udcff'".encode(errors="surrogateescape")],
)
def test_broken_toml_is_refused(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "xverify.toml").write_bytes(content)
    with pytest.raises(XverifyError, match="is not valid TOML"):
        read_settings(tmp_path)
