import unicodedata
import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sample_comparisons import HOSTILE, LAYERS, changed, layer

from xverify.report.text import layer_name, one_line, short_names, utf8

ANY_TEXT = st.text(st.characters(exclude_categories=()))


@given(ANY_TEXT)
def test_one_line_is_one_line_legal_everywhere(text: str) -> None:
    shown = one_line(text)
    assert len(shown.splitlines()) <= 1
    assert not any(unicodedata.category(character) in ("Cc", "Cs") for character in shown)
    element = ET.Element("a", text=shown)
    assert ET.fromstring(ET.tostring(element, encoding="utf-8")).get("text") == shown


@pytest.mark.parametrize("text", ["features.0", "网络.conv", "a|b", "[bold]x[/bold]", "naïve", "e\u0301", "🙂"])
def test_ordinary_text_stays_as_it_is(text: str) -> None:
    assert one_line(text) == text
    assert utf8(text) == text


def test_escape_sequences_and_direction_overrides_are_disarmed() -> None:
    shown = one_line(HOSTILE)
    assert "\x1b" not in shown
    assert "\u202e" not in shown
    assert "second line" in shown


@given(ANY_TEXT)
def test_utf8_can_always_be_encoded(text: str) -> None:
    utf8(text).encode("utf-8")


def test_the_id_follows_the_path_where_it_is_not_the_path() -> None:
    assert layer_name(LAYERS[0]) == "features.conv0"
    assert layer_name(LAYERS[4]) == "features.denseblock3.denselayer12.norm1 (dens_dens_12_norm1)"
    assert layer_name(LAYERS[7]) == "add_7"


def test_short_names_keep_the_id_where_the_path_is_shared() -> None:
    first = layer("block.0", "add", (2, 3), id="block_0_add")
    second = changed(first, id="block_0_relu")
    assert short_names([first, second, LAYERS[4], LAYERS[7]]) == [
        "block.0 (block_0_add)",
        "block.0 (block_0_relu)",
        "features.denseblock3.denselayer12.norm1",
        "add_7",
    ]
