import json
import math
import re
from html.parser import HTMLParser
from itertools import pairwise

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sample_comparisons import HOSTILE, LAYERS, changed, failing, hostile, layer, measure, passing, recorded

from xverify.comparison.history import HistoryPoint
from xverify.comparison.results import ChannelError, Comparison, Element, LayerDetail, Status
from xverify.report import faults, numbers, summary
from xverify.report.extra import Extra
from xverify.report.html.page import to_html
from xverify.report.json_report import to_json
from xverify.report.summary import Fact
from xverify.report.text import layer_name, one_line

VOID = {"meta", "link", "input", "br"}


class Page(HTMLParser):
    """What a browser makes of a page: its texts, elements and attributes; every element must be closed."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.raw: list[str] = []
        self.rows: list[list[str]] = []
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in {"td", "th"}:
            self.rows[-1].append("")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] in {"style", "script"}:
            self.raw.append(data)
            return
        self.texts.append(data)
        if ("td" in self.open or "th" in self.open) and "table" in self.open:
            self.rows[-1][-1] += data

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.texts).split())


def page_of(*comparisons: Comparison, extras: tuple[Extra, ...] = (), history: tuple[HistoryPoint, ...] = ()) -> Page:
    return Page(to_html(*comparisons, extras=extras, history=history).decode("utf-8"))


def layer_rows(page: Page) -> list[list[str]]:
    return [row for row in page.rows if len(row) == 12 and row[0].isdigit()]


def test_the_verdict_the_model_the_bundle_and_the_command_are_on_the_page() -> None:
    text = page_of(
        msgspec.structs.replace(passing(), command="xverify compare net", date="2026-01-02T03:04:05+00:00")
    ).text
    for part in ("PASSED", "torchvision:densenet121", "cifar10-net", passing().bundle_id, "2026-01-02T03:04:05+00:00"):
        assert part in text
    assert "xverify compare net" in text
    assert "10/10 compared" in text


def test_every_report_gives_the_same_numbers() -> None:
    comparison = failing()
    plain = json.loads(to_json(comparison))
    rows = layer_rows(page_of(comparison))
    assert len(rows) == len(plain["layers"])
    for row, item in zip(rows, plain["layers"], strict=True):
        shown = []
        for kind in ("local", "accumulated"):
            found = item[kind]
            error, allowed = (None, None) if found is None else (found["error"], found["allowed"])
            shown += [numbers.error(error), numbers.error(allowed)]
        assert [row[5], row[6], row[8], row[9]] == shown
    text = page_of(comparison).text
    for fact in (*summary.overview(comparison), *faults.fault_facts(comparison, comparison.layers[4])):
        assert " ".join(fact.text.split()) in text


def test_nothing_is_loaded_and_the_policy_allows_only_what_is_inside() -> None:
    html = to_html(failing()).decode()
    page = Page(html)
    policy = next(attributes["content"] for tag, attributes in page.tags if attributes.get("http-equiv"))
    assert policy is not None
    assert policy.startswith("default-src 'none'; img-src data:; style-src 'sha256-")
    assert "unsafe" not in policy
    assert not [attributes for tag, attributes in page.tags if tag in {"img", "iframe", "object", "base"}]
    assert [attributes["href"] for tag, attributes in page.tags if tag == "link"] == ["data:,"]
    assert all("style" not in attributes for _, attributes in page.tags)
    assert not [name for _, attributes in page.tags for name in attributes if name.startswith("on")]
    hrefs = [attributes["href"] or "" for tag, attributes in page.tags if tag == "a"]
    assert all(href.startswith("#") for href in hrefs)
    assert "http://" not in html
    assert "https://" not in html


def test_every_link_leads_somewhere_and_no_id_is_used_twice() -> None:
    page = page_of(failing(), msgspec.structs.replace(passing(), bundle_id="other"))
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    targets = {(attributes["href"] or "")[1:] for tag, attributes in page.tags if tag == "a"}
    assert targets - set(ids) == set()
    controlled = {attributes["aria-controls"] for _, attributes in page.tags if "aria-controls" in attributes}
    assert controlled - set(ids) == set()


def test_the_page_says_which_inputs_local_errors_are_measured_on() -> None:
    ordinary = Page(to_html(failing()).decode()).text
    assert "each layer alone, on PyTorch's inputs" in ordinary
    assert "the file itself holds" not in ordinary
    own = Page(to_html(msgspec.structs.replace(failing(), on_own_inputs=True)).decode()).text
    assert "each layer alone, on PyTorch's inputs" not in own
    assert "each layer against model.onnx, on the inputs that the file itself holds" in own
    assert "what it holds, against model.onnx on the inputs that the file itself holds" in own


def test_hostile_text_is_text_in_every_place() -> None:
    page = page_of(
        hostile(), extras=(Extra(HOSTILE, "FAILED", (Fact(HOSTILE, HOSTILE),), (HOSTILE,), ((HOSTILE,),), HOSTILE),)
    )
    assert not [tag for tag, _ in page.tags if tag in {"i", "bold"}]
    assert page.text.count(" ".join(one_line(HOSTILE).split())) > 10
    assert "\x1b" not in page.text
    assert "\u202e" not in page.text


@given(st.text(min_size=1))
@settings(max_examples=30, deadline=None)
def test_any_name_is_shown_as_itself(name: str) -> None:
    page = page_of(passing(layers=(layer(name, name, (2, 3), id="x", inputs=(name,)),), model=name, command=name))
    (row,) = layer_rows(page)
    assert row[1] == (one_line(name) or "x")
    assert row[2] == one_line(name)


def test_numbers_that_are_not_finite_are_named() -> None:
    rows = layer_rows(page_of(recorded()))
    assert rows[1][8] == "NaN"
    assert rows[1][10] == "NaN"
    endless = changed(LAYERS[0], local=measure(math.inf, 0.0, passed=False), status=Status.FAILED)
    page = page_of(passing(passed=False, layers=(endless, *LAYERS[1:])))
    assert layer_rows(page)[0][5] == "Inf"
    assert "NaN, Inf" in page.text
    assert not [v for _, attributes in page.tags for v in attributes.values() if v in {"nan", "inf", "-inf"}]


@pytest.mark.parametrize("value", [math.nan, math.inf, 0.0, 1e-300, 1e300, 1.7e308, 5e-324])
def test_any_error_can_be_drawn(value: float) -> None:
    detail = LayerDetail(
        layer=LAYERS[0].id,
        alone=True,
        decades=((0.0, 0), (value, 3)),
        worst=(Element((0,), value, 0.0),),
        channels=(ChannelError(0, value, value), ChannelError(1, 0.0, 0.0)),
        positions=((value, 0.0),),
        batch=(value,),
    )
    bad = changed(
        LAYERS[0],
        local=measure(value, 0.0, passed=False),
        accumulated=measure(value, 1e-300, passed=False),
        status=Status.FAILED,
    )
    layers = (bad, *LAYERS[1:])
    page = page_of(passing(passed=False, layers=layers, details=(detail,), first_fault=bad.id, faults=(bad.id,)))
    drawn = [
        float(number)
        for tag, attributes in page.tags
        if tag in {"rect", "circle", "line", "text"}
        for name in ("x", "y", "width", "height", "cx", "cy", "r")
        if (number := attributes.get(name)) is not None
    ]
    assert drawn
    assert all(math.isfinite(number) and -50 < number < 5000 for number in drawn)


def test_a_comparison_of_nothing_still_opens() -> None:
    page = page_of(passing(passed=False, layers=()))
    assert "Nothing was measured." in page.text
    assert layer_rows(page) == []


def test_a_baseline_is_not_called_a_pass() -> None:
    from xverify.comparison.results import Regressions

    known = Regressions(baseline="old.json", date="2026-01-01", against="onnxruntime 1.32.0", found=())
    page = page_of(msgspec.structs.replace(failing(), regressions=known))
    assert "NO REGRESSION" in page.text
    assert "PASSED" not in page.text


def test_results_that_stand_beside_are_sections() -> None:
    extra = Extra(
        "Weights",
        "PASSED",
        (Fact("file", "net.mat"),),
        ("parameter", "change"),
        (("conv.weight", "0"),),
        "All of them.",
    )
    text = page_of(passing(), extras=(extra,)).text
    assert "Weights" in text
    assert "conv.weight 0" in text
    assert "All of them." in text


def test_a_result_that_stands_beside_has_whole_rows() -> None:
    with pytest.raises(ValueError, match="a row of 1 cells under 2 headings"):
        Extra("Weights", headings=("a", "b"), rows=(("c",),))
    with pytest.raises(ValueError, match="no verdict"):
        Extra("Weights", "passed")


def test_the_history_is_a_table() -> None:
    point = HistoryPoint("v1", "2026-01-01", "onnxruntime 1.32.0", "net", False, 9, 10, math.nan, "conv1")
    page = page_of(passing(), history=(point,))
    assert ["v1", "2026-01-01", "onnxruntime 1.32.0", "✕ FAILED", "9/10", "NaN", "conv1"] in page.rows or any(
        row[0] == "v1" and row[4:] == ["9/10", "NaN", "conv1"] for row in page.rows
    )


def huge(count: int) -> Comparison:
    layers = tuple(
        layer(f"block{number // 100}.layer.{number}", "relu", (2, 3), id=f"l{number}", inputs=(f"l{number - 1}",))
        for number in range(count)
    )
    return passing(layers=layers)


def test_more_than_a_thousand_layers_are_data_and_a_first_page() -> None:
    html = to_html(huge(1200)).decode()
    assert len(layer_rows(Page(html))) == 500
    data = json.loads(re.findall(r'<script type="application/json" class="data">(.*?)</script>', html)[0])
    assert len(data["rows"]) == 700
    assert data["rows"][0][0][0] == "block5.layer.500"


def test_a_hundred_thousand_layers_are_a_page_of_bearable_size() -> None:
    html = to_html(huge(100_000))
    assert len(html) < 60_000_000
    assert b"A network of 100000 layers is not drawn" in html
    assert b"the worst of 67 layers" in html


def test_names_in_the_data_cannot_end_it() -> None:
    many = tuple(layer("</script><!--", "a&b", (2,), id=f"l{number}") for number in range(1001))
    html = to_html(passing(layers=many)).decode()
    data = re.findall(r'<script type="application/json" class="data">(.*?)</script>', html)[0]
    assert "<" not in data
    assert "&" not in data
    assert json.loads(data)["rows"][0][0][0] == "</script><!--"


def test_a_report_of_a_large_network_is_small() -> None:
    assert len(to_html(huge(430))) < 2_000_000


def test_the_names_are_those_of_the_other_reports() -> None:
    comparison = failing()
    text = page_of(comparison).text
    assert layer_name(comparison.layers[4]) in text


def test_the_lane_of_what_is_not_finite_and_the_axis_have_labels_that_do_not_overlap() -> None:
    bad = changed(LAYERS[0], local=measure(math.nan, 4e-7, passed=False), status=Status.FAILED)
    page = page_of(passing(passed=False, layers=(bad, *LAYERS[1:])))
    assert "NaN, Inf" in page.text
    heights = sorted(float(item["y"] or 0) for tag, item in page.tags if tag == "text" and item.get("class") == "tick")
    assert min(after - before for before, after in pairwise(heights)) >= 10
