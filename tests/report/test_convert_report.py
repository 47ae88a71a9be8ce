"""What a conversion prints on wide and narrow terminals, and writes as JSON."""

import io
import json

import pytest
from rich.console import Console

from xverify.comparison.conversion import Conversion, OutputCheck, PassRecord, Versions
from xverify.report.convert_report import print_conversion, to_json

DONE = Conversion(
    schema_version=1,
    source="in.onnx",
    output="out.onnx",
    release="R2024b",
    before=Versions(20, 10, 572),
    after=Versions(17, 8, 288),
    passes=(
        PassRecord("fold constants", {}, {"Shape": 49, "Expand": 98, "CastLike": 49, "Constant": 70, "Reshape": 17}, 0),
        PassRecord("global average pool", {"GlobalAveragePool": 17}, {"ReduceMean": 17}, 0),
        PassRecord("explicit pads", {}, {}, 81),
    ),
    renamed_ports={"input.1": "input_1"},
    renamed=311,
    outputs=(OutputCheck("scores", True, 1.5e-6, 2e-5, ""), OutputCheck("label", True, 0.0, 0.0, "")),
    made_up=("input.1",),
    dynamic_batch=False,
)


def printed(width: int) -> list[str]:
    text = io.StringIO()
    print_conversion(DONE, Console(file=text, width=width, force_terminal=True, no_color=True, highlight=False))
    plain = text.getvalue().replace("\x1b[1m", "").replace("\x1b[2m", "").replace("\x1b[0m", "")
    return [line.rstrip() for line in plain.splitlines()]


@pytest.mark.parametrize("width", [60, 80, 140])
def test_every_number_is_told_at_any_width(width: int) -> None:
    lines = printed(width)
    told = " ".join(" ".join(lines).split())
    for part in ("98 Expand", "17 ReduceMean", "17 GlobalAveragePool", "81", "20 -> 17", "10 -> 8", "572 -> 288"):
        assert part in told
    assert "input.1 -> input_1" in told
    assert "scores: error 1.50e-06, allowed 2.00e-05" in told
    assert "label: equal" in told
    assert "seeded noise for input.1" in told
    assert "not yet run in MATLAB" in told
    assert max(map(len, lines)) <= width


def test_a_narrow_terminal_gets_a_paragraph_a_pass() -> None:
    assert "global average pool  gone: 17 ReduceMean; new: 17" in " ".join(printed(60))
    assert not any(line.startswith("pass ") for line in printed(60))
    assert any(line.startswith("pass ") for line in printed(140))


def test_the_json_is_the_record() -> None:
    data = json.loads(to_json(DONE))
    assert next(iter(data)) == "schema_version"
    assert data["passes"][1] == {
        "name": "global average pool", "added": {"GlobalAveragePool": 17}, "removed": {"ReduceMean": 17}, "changed": 0,
    }  # fmt: skip
    assert data["outputs"][0] == {"name": "scores", "passed": True, "max_error": 1.5e-6, "allowed": 2e-5, "reason": ""}
