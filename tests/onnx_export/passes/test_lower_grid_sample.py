"""GridSample's modes get their older names."""

import pytest
from handmade_graphs import parsed, require_equal, run
from lowered_graphs import lower, refusal, require_untouched

from xverify.onnx_export.passes.lower_grid_sample import lower_grid_sample

HEAD = "net (float[2,3,5,7] x, float[2,4,6,2] g) => (float[2,3,4,6] y)"


@pytest.mark.parametrize(
    ("mode", "older"), [("linear", "bilinear"), ("cubic", "bicubic"), ("nearest", "nearest"), (None, None)]
)
@pytest.mark.parametrize("opset", [16, 17, 19])
def test_modes_get_their_older_names(mode: str | None, older: str | None, opset: int) -> None:
    attribute = f'mode = "{mode}", ' if mode else ""
    model = parsed(f'{HEAD} {{ y = GridSample <{attribute}align_corners = 1, padding_mode = "border"> (x, g) }}')
    before = run(model)
    lower(model, opset=opset, layers=["y"])
    (node,) = model.graph
    assert (node.attributes["mode"].as_string() if "mode" in node.attributes else None) == older
    assert model.opset_imports[""] == opset
    require_equal(run(model), before)


def test_volumes_and_opsets_without_it_are_refused() -> None:
    text = "net (float[2,3,4,5,7] x, float[2,2,4,6,3] g) => (float[2,3,2,4,6] y) { y = GridSample (x, g) }"
    assert "GridSample takes more than images (since opset 20)" in refusal(parsed(text), 19)
    assert "opset 15 has no operator GridSample" in refusal(parsed(f"{HEAD} {{ y = GridSample (x, g) }}"), 15)


@pytest.mark.parametrize(("own", "mode", "target"), [(20, "linear", 20), (22, "cubic", 21), (16, "bilinear", 16)])
def test_names_that_the_target_knows_stay(own: int, mode: str, target: int) -> None:
    model = parsed(f'{HEAD} {{ y = GridSample <mode = "{mode}"> (x, g) }}', opset=own)
    require_untouched(model, lower_grid_sample, opset=target)
