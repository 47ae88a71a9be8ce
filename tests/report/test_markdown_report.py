import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token
from sample_comparisons import HOSTILE, changed, changed_parameters, failing, hostile, layer, measure, passing

from xverify.comparison.results import Comparison, Status
from xverify.report.markdown import MAX_FAILING, escape, to_markdown
from xverify.report.text import one_line

GITHUB = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])


def text_of(token: Token) -> str:
    """What a reader sees of one block of text."""
    for child in token.children or ():
        assert child.type in ("text", "text_special", "strong_open", "strong_close"), child
    return "".join(child.content for child in token.children or ())


def blocks(markdown: str) -> list[str]:
    return [text_of(token) for token in GITHUB.parse(markdown) if token.type == "inline"]


def tables(comparison: Comparison) -> list[list[list[str]]]:
    """All tables as rows of cells, as a reader sees them."""
    found: list[list[list[str]]] = []
    for token in GITHUB.parse(to_markdown(comparison).decode("utf-8")):
        if token.type == "table_open":
            found.append([])
        elif token.type == "tr_open":
            found[-1].append([])
        elif token.type == "inline" and token.level > 3 and found:
            found[-1][-1].append(text_of(token))
    return found


def test_a_passed_comparison_is_a_verdict_and_folded_layers() -> None:
    text = to_markdown(passing()).decode("utf-8")
    assert text.startswith("## ✅ PASSED: cifar10-net (torchvision:densenet121) against onnxruntime 1.32.0\n")
    assert "10/10 compared" in text
    assert "<details>\n<summary>All 10 layers</summary>\n\n|" in text
    assert "Failing" not in text
    (table,) = tables(passing())
    assert len(table) == 11
    assert table[1][0] == "features.conv0"


def test_a_failed_comparison_shows_the_fault_and_the_failing_layers() -> None:
    text = to_markdown(failing()).decode("utf-8")
    assert text.startswith("## ❌ FAILED")
    assert "### First fault" in text
    assert "- **local error**: 1.24e-03, allowed 3.97e-07 (3123x)" in text
    assert "conv_99" in text
    assert "unlabelled" in text
    fails, every = tables(failing())
    assert [row[5] for row in fails[1:]] == ["❌ FAILED", "❌ FAILED", "⚠️ not compared"]
    assert fails[1][:5] == [
        "features.denseblock3.denselayer12.norm1 (dens_dens_12_norm1)",
        "batch_norm",
        "2x608x14x12",
        "1.24e-03, allowed 3.97e-07 (3123x)",
        "1.30e-03, allowed 1.21e-06 (1074x)",
    ]
    assert every[8][5:] == ["☑️ permitted", "fused by the code generator [not in activations.mat]"]


def test_permitted_layers_are_listed_with_their_reason() -> None:
    assert "add_7: fused by the code generator [not in activations.mat]" in blocks(
        to_markdown(failing()).decode("utf-8")
    )


def test_the_table_of_failing_layers_is_cut_at_fifty() -> None:
    layers = tuple(
        layer(f"block.{number}", "relu", (2, 3), status=Status.FAILED, local=measure(1.0, 1e-6)) for number in range(57)
    )
    comparison = passing(passed=False, layers=layers, first_fault="block_0")
    fails, every = tables(comparison)
    assert len(fails) == MAX_FAILING + 1
    assert len(every) == 58
    assert "and 7 more" in to_markdown(comparison).decode("utf-8")


def test_changed_parameters_are_listed() -> None:
    listed = blocks(to_markdown(changed_parameters(23)).decode("utf-8"))
    assert "block.0.weight: 1 of 608 values differs (initializer init_0, read by dens_dens_12_norm1)" in listed
    assert "and 3 more" in listed


def test_hostile_text_stays_text_and_tears_no_table() -> None:
    markdown = to_markdown(hostile()).decode("utf-8")
    fails, every = tables(hostile())
    assert {len(row) for row in fails + every} == {7}
    assert fails[1][1] == one_line(HOSTILE)
    assert one_line(HOSTILE) in blocks(markdown)


@pytest.mark.parametrize(
    "text", ["- a", "1. a", "1) a", "+ a", "* a", "# a", "> a", "=== a", "<!-- a", "a\\", "&lt;", "~~a~~"]
)
def test_an_item_is_shown_as_itself(text: str) -> None:
    comparison = passing(notes=(text,))
    assert text in blocks(to_markdown(comparison).decode("utf-8"))


@given(st.text(min_size=1).map(one_line).filter(bool))
def test_any_text_is_shown_as_itself_in_a_table(text: str) -> None:
    bad = changed(layer("block.0", "relu", (2, 3)), operation=text)
    (table,) = tables(msgspec.structs.replace(passing(), layers=(bad,)))
    assert table[1][1] == text.strip(" ")


def test_names_with_inner_underscores_stay_readable() -> None:
    assert escape("features_0_conv") == "features_0_conv"
