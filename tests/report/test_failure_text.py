"""The message of a failed test: the layer to look at first, plain lines, nothing that a name can break."""

import math
import unicodedata

import msgspec
import pytest
from sample_comparisons import CAUSE, changed, failing, hostile, measure, passing, recorded, with_layers

from xverify.comparison.results import Comparison, Coverage, Status
from xverify.report.failure import MAX_WORST, failure_text, headline
from xverify.report.summary import Fact

PLACE = "models/densenet.py:88"


def folded(text: str) -> list[str]:
    return [" ".join(line.split()) for line in text.splitlines()]


def test_the_first_line_has_the_layer_its_line_and_the_verdict() -> None:
    comparison = failing()
    first = failure_text(comparison).splitlines()[0]
    assert first == headline(comparison)
    assert first.startswith("First fault ")
    assert f"({PLACE}): torchvision:densenet121 against onnxruntime 1.32.0 FAILED, " in first


def test_cause_and_fix_stand_below_the_source_line() -> None:
    lines = folded(failure_text(msgspec.structs.replace(failing(), causes=(CAUSE,))))
    wanted = [
        f"source {PLACE}: return self.norm1(x)",
        f"cause {CAUSE.statement} (certain: epsilon)",
        f"fix {CAUSE.fix[0]}",
    ]
    assert [line for line in lines if line in wanted] == wanted


def worst(comparison: Comparison) -> list[str]:
    """First words of the table's rows; [] without a table."""
    _, found, table = failure_text(comparison).partition("\nWorst of ")
    return [line.split()[0] for line in table.splitlines()[2:] if line.strip()] if found else []


def test_the_table_has_the_worst_layers_those_wrong_by_themselves_first() -> None:
    base = passing()
    assert len(base.layers) > MAX_WORST + 1
    far = {"status": Status.FAILED, "reason": "accumulated"}
    layers = {
        item.id: changed(item, accumulated=measure(1e-3 * (place + 1), 1e-6), **far)
        for place, item in enumerate(base.layers)
    }
    alone = base.layers[0]
    layers[alone.id] = changed(layers[alone.id], local=measure(2e-7, 1e-7))
    comparison = msgspec.structs.replace(with_layers(base, **layers), passed=False, first_fault=alone.id)
    names = [alone, *base.layers[:-MAX_WORST:-1]]
    assert worst(comparison) == [item.module_path or item.id for item in names]


def test_one_failing_layer_needs_no_table() -> None:
    base = passing()
    item = changed(base.layers[2], status=Status.FAILED, local=measure(1.0, 1e-6))
    comparison = msgspec.structs.replace(with_layers(base, **{item.id: item}), passed=False, first_fault=item.id)
    assert worst(comparison) == []
    assert "First fault" in failure_text(comparison)


def test_nan_counts_as_the_worst_and_missing_local_errors_are_no_fault() -> None:
    comparison = recorded()
    text = failure_text(comparison)
    assert text.startswith("First layer that fails ")
    rows = worst(comparison)
    assert len(rows) == 2
    assert any(math.isnan(item.accumulated.ratio) for item in comparison.layers if item.accumulated)


def test_what_was_not_compared_is_said_where_no_layer_fails() -> None:
    base = passing()
    item = changed(base.layers[3], status=Status.NOT_COMPARED, reason="it is missing", local=None, accumulated=None)
    comparison = msgspec.structs.replace(
        with_layers(base, **{item.id: item}),
        passed=False,
        coverage=Coverage(len(base.layers) - 1, len(base.layers)),
        problems=("extra variable 'x'",),
    )
    lines = folded(failure_text(comparison))
    assert lines[0].startswith("torchvision:densenet121 against onnxruntime 1.32.0 FAILED, ")
    assert "Not compared" in lines
    assert any("it is missing" in line for line in lines)
    assert "- extra variable 'x'" in lines


def test_more_comes_last() -> None:
    text = failure_text(failing(), [Fact("see more", "xverify explain 'a b' norm")])
    assert text.splitlines()[-1] == "  see more  xverify explain 'a b' norm"


@pytest.mark.parametrize("character", "\x1b\x00\x07\u202e\t\r")
def test_names_bring_no_control_characters_and_no_lines(character: str) -> None:
    text = failure_text(hostile(), [Fact("see more", f"a{character}b")])
    assert character not in text
    assert not [c for c in text.replace("\n", "") if unicodedata.category(c) in {"Cc", "Cs"}]
    assert not [line for line in text.splitlines() if line.startswith("second")]


def test_a_name_begins_no_workflow_command() -> None:
    comparison = passing(passed=False, model="::error::owned", problems=("::error::owned",))
    text = failure_text(comparison)
    assert "error::owned" in text
    assert not [line for line in text.splitlines() if line.lstrip().startswith("::")]
