import io
import math

import msgspec
from rich.console import Console
from sample_comparisons import FAULTY, changed, failing, measure, passing, recorded, with_layers

from xverify.comparison.history import history_of, newest, series
from xverify.comparison.results import Comparison
from xverify.report.history import print_history, sparkline
from xverify.report.markdown import to_markdown


def at(date: str, comparison: Comparison | None = None, **changes: str) -> Comparison:
    return msgspec.structs.replace(comparison or passing(), date=date, **changes)


def test_points_are_sorted_by_date_whatever_the_offset_and_what_has_no_date_comes_first() -> None:
    runs = [
        ("late", [at("2026-11-25T08:00:00+00:00")]),
        ("early", [at("2026-11-25T08:30:00+02:00")]),
        ("naive", [at("2026-11-25T07:00:00")]),
        ("odd", [at("yesterday")]),
        ("none", [at("")]),
    ]
    assert [point.label for point in history_of(runs)] == ["odd", "none", "early", "naive", "late"]


def test_a_point_holds_the_verdict_the_coverage_and_the_worst_ratio() -> None:
    good, bad = history_of([("a", [at("2026-01-01"), at("2026-01-02", failing())])])
    assert (good.passed, good.compared, good.total) == (True, 10, 10)
    assert good.worst_ratio == 1.24e-7 / 3.97e-7
    assert good.worst_layer == "features_conv0"
    assert (bad.passed, bad.compared, bad.total) == (False, 8, 10)
    assert bad.worst_ratio == 1.24e-3 / 3.97e-7
    assert bad.worst_layer == "dens_dens_12_norm1"


def test_the_worst_ratio_is_of_what_decided() -> None:
    """A layer that is judged by its local error alone passes, whatever its accumulated error."""
    alone = changed(passing().layers[0], accumulated=measure(5.0, 1e-6))
    (point,) = history_of([("a", [with_layers(passing(), features_conv0=alone)])])
    assert point.worst_ratio is not None
    assert point.worst_ratio <= 1


def test_nan_is_worse_than_any_number_and_inf_is_where_equality_fails() -> None:
    (point,) = history_of([("a", [recorded()])])
    assert math.isnan(point.worst_ratio or 0)
    assert point.worst_layer == "features_norm0"
    exact = changed(FAULTY, local=measure(1.0, 0.0))
    (point,) = history_of([("a", [with_layers(failing(), dens_dens_12_norm1=exact)])])
    assert point.worst_ratio == math.inf


def test_nothing_measured_is_none() -> None:
    layers = tuple(changed(layer, local=None, accumulated=None, optimised=None) for layer in passing().layers)
    (point,) = history_of([("a", [msgspec.structs.replace(failing(), layers=layers)])])
    assert (point.worst_ratio, point.worst_layer) == (None, "")


def test_the_newest_are_one_a_runtime_of_the_bundle_compared_last() -> None:
    runs = [
        ("a", [at("2026-01-01", against="onnxruntime 1.31.0"), at("2026-01-02", against="MATLAB R2024b")]),
        ("b", [at("2026-01-03", against="onnxruntime 1.32.0")]),
        ("c", [at("2026-01-02", bundle_id="another", against="GNU Octave 7.3.0")]),
    ]
    assert [item.against for item in newest(runs)] == ["MATLAB R2024b", "onnxruntime 1.32.0"]
    assert newest([]) == ()


def test_a_series_goes_on_over_versions() -> None:
    points = history_of([("a", [at("1", against="onnxruntime 1.31.0"), at("2", against="onnxruntime 1.32.0")])])
    assert {key: len(part) for key, part in series(points).items()} == {("torchvision:densenet121", "onnxruntime"): 2}


def test_the_line_of_bars() -> None:
    assert sparkline([]) == ""
    assert sparkline([0.5, 0.5]) == "▁▁"
    assert sparkline([0.0, 1e-3, 1e3, math.nan, math.inf, None]) == "▁▁█!!."
    assert len(sparkline([10.0**n for n in range(-20, 20)])) == 40


def test_it_is_printed_and_written_as_markdown_with_the_same_cells() -> None:
    points = history_of([("first|run", [at("2026-01-01T00:00:00+00:00")]), ("b", [at("2026-01-02", failing())])])
    for width, encoding in ((200, "utf-8"), (40, "utf-8"), (200, "ascii")):
        raw = io.BytesIO()
        text = io.TextIOWrapper(raw, encoding=encoding)
        print_history(points, Console(file=text, width=width, force_terminal=width == 40, color_system=None))
        text.flush()
        shown = raw.getvalue().decode(encoding)
        for words in ("first|run", "10/10", "0.31x", "3123x", "PASSED", "FAILED", "2026-01-02"):
            assert words in shown, (width, words)
    markdown = to_markdown(failing(), history=points).decode()
    rows = [line for line in markdown.splitlines() if line.startswith(("| first", "| b "))]
    assert rows[0].startswith(
        r"| first\|run | 2026-01-01T00:00:00+00:00 | onnxruntime 1.32.0 | ✅ PASSED | 10/10 | 0.31x |"
    )
    assert "| ❌ FAILED | 8/10 | 3123x | dens_dens_12_norm1 |" in rows[1]
    assert "▁█" in markdown
