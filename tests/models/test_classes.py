import json
from pathlib import Path
from typing import Any

import pytest

from xverify.errors import XverifyError
from xverify.models.classes import read_classes


def text(folder: Path, content: str | bytes, name: str = "classes.txt") -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.mark.parametrize(
    "content",
    [
        "Katze\nHund\nfalter ß\n",
        "Katze\nHund\nfalter ß",
        "Katze\r\nHund \r\nfalter ß\r\n",
        "\ufeffKatze\nHund\nfalter ß\n",
    ],
)
def test_one_name_a_line(tmp_path: Path, content: str) -> None:
    assert read_classes(text(tmp_path, content)) == ("Katze", "Hund", "falter ß")


@pytest.mark.parametrize("content", [["b", "a", "c"], {"1": "a", "0": "b", "2": "c"}])
def test_json_lists_and_objects(tmp_path: Path, content: Any) -> None:
    assert read_classes(text(tmp_path, json.dumps(content), "classes.JSON")) == ("b", "a", "c")


def test_indices_are_in_the_order_of_numbers(tmp_path: Path) -> None:
    content = json.dumps({str(index): f"class {index}" for index in range(12)})

    assert read_classes(text(tmp_path, content, "c.json"))[2] == "class 2"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("cat\n\ndog\n", "name 2 is blank"),
        ("cat\ndog\n\n", "name 3 is blank"),
        ("cat\n  \ndog", "name 2 is blank"),
        ("", "name 1 is blank"),
        ("cat\ndog\ncat\n", "more than once: cat"),
        ("cat\ncat ", "more than once: cat"),
        (b"caf\xe9\n", "holds no class names"),
    ],
)
def test_other_text_is_refused(tmp_path: Path, content: str | bytes, message: str) -> None:
    with pytest.raises(XverifyError, match=message) as caught:
        read_classes(text(tmp_path, content))

    assert caught.value.hint


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("[]", "holds no names"),
        ("{}", "holds no names"),
        ("[1, 2]", "something else than names"),
        ('"cat"', "something else than names"),
        ('{"0": ["n01440764", "tench"]}', "something else than names"),
        ('{"1": "a", "2": "b"}', "are not 0 to 1"),
        ('{"0": "a", "2": "b"}', "are not 0 to 1"),
        ('["a", ""]', "name 2 is blank"),
        ('["a", "a"]', "more than once: a"),
        ("[", "holds no class names"),
    ],
)
def test_other_json_is_refused(tmp_path: Path, content: str, message: str) -> None:
    with pytest.raises(XverifyError, match=message):
        read_classes(text(tmp_path, content, "classes.json"))


def test_a_missing_file_is_reported(tmp_path: Path) -> None:
    with pytest.raises(XverifyError, match="cannot be read"):
        read_classes(tmp_path / "absent.txt")
