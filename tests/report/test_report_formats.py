import os
from pathlib import Path
from typing import Any

import pytest
from sample_comparisons import failing, passing

from xverify.errors import XverifyError
from xverify.report.formats import FILE_FORMATS, write_report


@pytest.mark.parametrize("name", FILE_FORMATS)
def test_a_report_is_written_whole_and_leaves_nothing_beside_it(name: str, tmp_path: Path) -> None:
    target = tmp_path / "report"
    target.write_bytes(b"old")
    write_report(name, failing(), target)
    assert target.read_bytes() == FILE_FORMATS[name](failing())
    assert list(tmp_path.iterdir()) == [target]


def test_the_formats_are_the_documented_ones() -> None:
    assert list(FILE_FORMATS) == ["json", "junit", "markdown", "html"]


def test_an_unknown_format_lists_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(XverifyError, match="'yaml'") as caught:
        write_report("yaml", passing(), tmp_path / "report")
    assert "json, junit, markdown, html" in caught.value.hint
    assert not list(tmp_path.iterdir())


def test_a_missing_folder_is_the_users_to_make(tmp_path: Path) -> None:
    with pytest.raises(XverifyError, match="cannot be written") as caught:
        write_report("json", passing(), tmp_path / "absent" / "report.json")
    assert "Create its folder" in caught.value.hint


def test_a_folder_is_no_target(tmp_path: Path) -> None:
    with pytest.raises(XverifyError, match="folder") as caught:
        write_report("json", passing(), tmp_path)
    assert "file name" in caught.value.hint


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(XverifyError) as caught:
        write_report("json", passing(), tmp_path / "file" / "report.json")
    assert caught.value.hint


@pytest.mark.parametrize(
    ("code", "words"), [("EACCES", "permissions"), ("ENOSPC", "Free some space"), ("EIO", "elsewhere")]
)
def test_a_failed_write_keeps_the_old_report(
    code: str, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "report.json"
    target.write_bytes(b"old")

    def fail(*_: Any) -> None:
        import errno

        number = getattr(errno, code)
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(XverifyError) as caught:
        write_report("json", passing(), target)
    assert words in caught.value.hint
    assert isinstance(caught.value.__cause__, OSError)
    assert target.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no umask and no FIFOs")
def test_the_file_has_ordinary_permissions(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        write_report("json", passing(), tmp_path / "report.json")
    finally:
        os.umask(before)
    assert (tmp_path / "report.json").stat().st_mode & 0o777 == 0o640


@pytest.mark.skipif(os.name == "nt", reason="Windows has no umask and no FIFOs")
def test_a_pipe_is_written_to_and_not_replaced(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        write_report("markdown", passing(), pipe)
        assert os.read(reader, 1_000_000) == FILE_FORMATS["markdown"](passing())
    finally:
        os.close(reader)
    assert pipe.is_fifo()


def test_a_symbolic_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    link = tmp_path / "latest.json"
    link.symlink_to(tmp_path / "real" / "report.json")
    write_report("json", passing(), link)
    assert link.is_symlink()
    assert (tmp_path / "real" / "report.json").read_bytes() == FILE_FORMATS["json"](passing())
