from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from opened_pages import CHROMIUM, Open, chromium, reports
from sample_comparisons import changed, failing, hostile, layer, measure, passing, recorded

from xverify.comparison.results import ChannelError, Comparison, Coverage, Element, LayerDetail, Status
from xverify.report import numbers, summary

pytestmark = [
    pytest.mark.xdist_group("browser"),
    pytest.mark.skipif(CHROMIUM is None, reason="chromium is not here: apt-get install chromium"),
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as found:
        yield found


@pytest.fixture
def open_report(browser: Any, tmp_path: Path) -> Iterator[Open]:
    with reports(browser, tmp_path) as opened:
        yield opened


DETAIL = LayerDetail(
    layer="dens_dens_12_norm1",
    alone=True,
    decades=((0.0, 5), (1e-3, 70), (1e-2, 11)),
    worst=(Element((1, 12, 3, 4), 0.5, 0.25),),
    channels=tuple(ChannelError(number, 1e-3 * number, 1e-4) for number in (3, 1, 2, 0)),
    positions=((0.0, 1e-3, 2e-3), (1e-4, float("inf"), 0.0)),
    batch=(1e-3, 2e-3),
)


def wired(comparison: Comparison) -> Comparison:
    """The same comparison, each layer reading the one before it."""
    before = ("input", *(item.id for item in comparison.layers))
    layers = [
        changed(item, inputs=(name,), dims="NCHW", matlab_layer="convolution2dLayer", source_line="net.py:3: x")
        for item, name in zip(comparison.layers, before, strict=False)
    ]
    return msgspec.structs.replace(comparison, layers=tuple(layers), command="xverify compare net", date="2026-01-02")


def failed() -> Comparison:
    return wired(msgspec.structs.replace(failing(), details=(DETAIL,)))


def rows(page: Any) -> list[str]:
    """The names of the rows that are shown, in their order."""
    found: list[str] = page.locator("tr.row td.name").all_inner_texts()
    return found


def column(page: Any, place: int) -> list[str]:
    """The texts of one column; the row's number is the first."""
    found: list[str] = page.locator(f"tr.row td:nth-child({place})").all_inner_texts()
    return found


def test_the_verdict_and_every_layer_are_there(open_report: Open) -> None:
    page = open_report(wired(passing())).page
    assert page.title() == "PASSED: cifar10-net - xverify"
    assert "PASSED" in page.locator("h1").inner_text()
    assert "10/10 compared" in page.locator(".overview").inner_text()
    assert len(rows(page)) == 10
    assert page.locator("svg.graph .box").count() == 10
    assert page.locator("svg.depth a").count() == 10


def test_the_fault_its_cause_and_its_pictures_are_there(open_report: Open) -> None:
    page = open_report(failed()).page
    text = page.locator(".faults").inner_text()
    assert "The normalisation adds 0.001 to the variance instead of 1e-05." in text
    assert "batchNormalizationLayer('Epsilon', 1e-05)" in text
    assert "[1, 12, 3, 4]" in text
    assert page.locator(".faults svg.map rect").count() == 6
    assert page.locator(".faults svg.figure").count() == 4
    assert page.locator("svg.graph .box.fault").count() == 1
    assert page.locator("svg.graph .box.open").count() == 1
    assert page.locator("svg.graph .box.permitted").count() == 1


def test_numbers_are_sorted_by_size_the_worst_first(open_report: Open) -> None:
    page = open_report(failed()).page
    head = page.locator("tr.sort th").nth(5)
    head.get_by_role("button").click()
    assert head.get_attribute("aria-sort") == "descending"
    errors = column(page, 6)
    assert errors[0] == "1.24e-03"
    assert errors[-1] == "-"
    head.get_by_role("button").press("Enter")
    assert head.get_attribute("aria-sort") == "ascending"
    assert column(page, 6)[-1] == "1.24e-03"
    assert page.locator("th[aria-sort=none]").count() == 11


def test_nan_is_worse_than_any_number(open_report: Open) -> None:
    page = open_report(wired(recorded())).page
    page.locator("tr.sort th").nth(8).get_by_role("button").click()
    assert column(page, 9)[0] == "NaN"


def test_names_are_sorted_as_people_count(open_report: Open) -> None:
    layers = tuple(layer(f"block.{number}", "relu", (2, 3)) for number in (10, 9, 1))
    page = open_report(passing(layers=layers)).page
    page.locator("tr.sort th").nth(1).get_by_role("button").click()
    assert rows(page) == ["block.1", "block.9", "block.10"]
    page.locator("tr.sort th").nth(0).get_by_role("button").click()
    assert rows(page) == ["block.10", "block.9", "block.1"]


def test_a_filter_finds_words_in_any_column_and_in_the_details(open_report: Open) -> None:
    page = open_report(failed()).page
    page.get_by_label("Filter").fill("MAX_POOL 56x48")
    assert rows(page) == ["features.pool0"]
    assert page.get_by_role("status").inner_text() == "1 of 10 layers"
    page.get_by_label("Filter").fill("fused by the code generator")
    assert rows(page) == ["add_7"]
    page.get_by_label("Filter").fill("no such layer")
    assert rows(page) == []
    page.get_by_label("Filter").fill("")
    page.get_by_label("Status").select_option("fault")
    assert rows(page) == ["features.denseblock3.denselayer12.norm1"]


def test_a_mark_of_the_chart_leads_to_its_row(open_report: Open) -> None:
    page = open_report(failed()).page
    page.get_by_label("Filter").fill("classifier")
    page.locator("svg.depth a").nth(4).locator(".hit").click()
    assert page.locator("tr.at td.name").inner_text() == "features.denseblock3.denselayer12.norm1"
    assert page.locator("tr.at + tr.more").is_visible()
    assert page.evaluate("document.activeElement.getAttribute('aria-controls')") == "m0-4"
    assert "allowed because" in page.locator("tr.at + tr.more").inner_text()


def test_the_name_under_the_pointer_is_said(open_report: Open) -> None:
    page = open_report(failed()).page
    page.locator("svg.depth a").nth(4).locator(".hit").hover()
    said = page.locator(".readout").inner_text()
    assert said.startswith("features.denseblock3.denselayer12.norm1 (dens_dens_12_norm1); FAILED; local error 1.24e-03")


def test_the_chart_works_with_keys_alone(open_report: Open) -> None:
    page = open_report(failed()).page
    page.locator("svg.depth").focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    assert page.locator(".readout").inner_text().startswith("features.relu0")
    page.keyboard.press("Enter")
    assert page.locator("tr.at td.name").inner_text() == "features.relu0"


def test_a_box_of_the_graph_leads_to_its_row_and_the_graph_zooms(open_report: Open) -> None:
    page = open_report(failed()).page
    before = page.locator("svg.graph").bounding_box()["width"]
    page.get_by_role("button", name="Zoom in").click()
    assert page.locator("svg.graph").bounding_box()["width"] == pytest.approx(1.4 * before, rel=0.01)
    page.get_by_role("button", name="First fault").click()
    page.locator("svg.graph a", has=page.locator(".fault")).click()
    assert page.locator("tr.at td.name").inner_text() == "features.denseblock3.denselayer12.norm1"


def test_a_row_opens_by_mouse_and_by_keyboard(open_report: Open) -> None:
    page = open_report(failed()).page
    more = page.locator("tr.more").nth(0)
    page.locator("tr.row td.name").nth(0).click()
    assert more.is_visible()
    page.locator("tr.row button").nth(0).focus()
    page.keyboard.press("Enter")
    assert not more.is_visible()


def test_a_link_to_a_row_opens_it(open_report: Open) -> None:
    assert open_report(failed(), anchor="#l0-9").page.locator("tr.at td.name").inner_text() == "classifier"


def test_a_table_of_many_layers_is_paged(open_report: Open) -> None:
    layers = tuple(
        layer(
            f"block.{number}", "relu", (2, 3), local=measure(1e-9 * 1.02**number, 1e30), inputs=(f"block_{number - 1}",)
        )
        for number in range(2345)
    )
    page = open_report(passing(layers=layers, coverage=Coverage(2345, 2345))).page
    assert len(rows(page)) == 500
    assert page.locator(".pages span").inner_text() == "rows 1 to 500 of 2345"
    page.get_by_role("button", name="Next").click()
    assert rows(page)[0] == "block.500"
    page.locator("tr.sort th").nth(5).get_by_role("button").click()
    assert rows(page)[:2] == ["block.2344", "block.2343"]
    page.get_by_label("Filter").fill("block.77")
    assert len(rows(page)) == 11
    page.locator("svg.depth a").last.locator(".hit").click()
    assert page.locator("tr.at td.name").inner_text() in {"block.2343", "block.2344"}
    assert "allowed because" in page.locator("tr.at + tr.more").inner_text()


def test_two_runtimes_are_columns_of_one_table(open_report: Open) -> None:
    other = msgspec.structs.replace(wired(passing()), against="GNU Octave 7.3.0")
    page = open_report(failed(), other).page
    assert page.locator("tr.above th").all_inner_texts() == [
        "PyTorch",
        "MATLAB",
        "onnxruntime 1.32.0",
        "GNU Octave 7.3.0",
    ]
    fault = page.locator("tr.row.fault td").all_inner_texts()
    assert fault[-1] == "✓ passed"
    assert fault[-5] == "✕ FAILED" or "FAILED" in fault[-5]
    assert page.locator("svg.depth").count() == 2
    assert page.locator("svg.graph").count() == 1


def test_two_bundles_follow_each_other_and_do_not_mix(open_report: Open) -> None:
    other = msgspec.structs.replace(wired(passing()), bundle="other", bundle_id="2")
    page = open_report(failed(), other).page
    assert page.title() == "FAILED: 2 bundles - xverify"
    page.locator("article.group").nth(1).locator("svg.depth a").nth(2).locator(".hit").click()
    assert page.locator("tr.at").count() == 1
    assert page.locator("tr.at").get_attribute("id") == "l1-2"


def test_hostile_text_is_shown_as_text(open_report: Open) -> None:
    names = (
        "</script><script>alert(1)</script>",
        "\"'><img src=x onerror=alert(1)>",
        "{{ 7 * 7 }}",
        "a\u202eb\u0000c",
        "<!--",
    )
    layers = tuple(
        layer(name, name, (2, 3), id=f"evil_{place}", inputs=(name,), source_line=name, tolerance_reason=name)
        for place, name in enumerate(names)
    )
    many = tuple(
        layer(names[place % 5], names[0], (2, 3), id=f"many_{place}", tolerance_reason=names[0])
        for place in range(1200)
    )
    for comparison in (hostile(), passing(layers=layers, model=names[0], command=names[1]), passing(layers=many)):
        page = open_report(comparison).page
        assert page.locator("img").count() == 0
        assert page.locator("script:not([type])").count() == 1
    page = open_report(passing(layers=layers, model=names[0])).page
    assert rows(page)[:3] == list(names[:3])
    assert names[0] in page.locator(".about").inner_text()
    page = open_report(passing(layers=many)).page
    page.get_by_role("button", name="Next").click()
    assert rows(page)[:2] == list(names[:2])


def test_the_theme_follows_the_system_and_the_button(open_report: Open) -> None:
    ground = "getComputedStyle(document.body).backgroundColor"
    light, dark = "rgb(255, 255, 255)", "rgb(20, 24, 28)"
    assert open_report(failed(), color_scheme="light").page.evaluate(ground) == light
    page = open_report(failed(), color_scheme="dark").page
    assert page.evaluate(ground) == dark
    page.get_by_role("button", name="Theme").click()
    assert page.evaluate(ground) == light
    page.get_by_role("button", name="Theme").click()
    assert page.evaluate(ground) == dark
    page.emulate_media(media="print")
    assert page.evaluate(ground) == light


@pytest.mark.parametrize("width", [400, 1280])
def test_nothing_is_wider_than_the_screen(width: int, open_report: Open) -> None:
    long = changed(failed().layers[4], module_path="encoder" * 40, operation="scaled" * 30)
    comparison = msgspec.structs.replace(failed(), layers=(*failed().layers[:4], long, *failed().layers[5:]))
    page = open_report(comparison, viewport={"width": width, "height": 900}).page
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_without_javascript_the_report_is_whole(open_report: Open) -> None:
    page = open_report(failed(), java_script_enabled=False).page
    assert "FAILED" in page.locator("h1").inner_text()
    assert page.locator("tr.row").count() == 10
    assert not page.get_by_label("Filter").is_visible()
    page.locator("svg.depth a").nth(4).locator(".hit").click()
    assert page.url.endswith("#l0-4")


def test_on_paper_all_details_are_open(open_report: Open) -> None:
    page = open_report(failed()).page
    page.emulate_media(media="print")
    assert page.locator("tr.more").evaluate_all("rows => rows.every(row => row.offsetHeight > 0)")
    assert not page.get_by_label("Filter").is_visible()
    assert page.pdf(prefer_css_page_size=True).startswith(b"%PDF")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [400, 1280])
def test_axe_finds_no_fault(scheme: str, width: int, open_report: Open) -> None:
    from axe_playwright_python.sync_playwright import Axe

    other = msgspec.structs.replace(failed(), against="GNU Octave 7.3.0")
    page = open_report(failed(), other, color_scheme=scheme, viewport={"width": width, "height": 900}).page
    page.get_by_role("button", name="Open all details").click()
    violations = Axe().run(page).response["violations"]
    assert [(item["id"], item["nodes"][0]["html"][:200]) for item in violations] == []


def test_the_page_shows_the_numbers_of_the_other_reports(open_report: Open) -> None:
    comparison = failed()
    page = open_report(comparison).page
    shown = [page.locator(f"#l0-{place} td").all_inner_texts() for place in range(len(comparison.layers))]
    for item, cells in zip(comparison.layers, shown, strict=True):
        for measured, texts in ((item.local, cells[5:8]), (item.accumulated, cells[8:11])):
            expected = [None] * 3 if measured is None else [measured.error, measured.allowed, measured.ratio]
            assert texts == [numbers.error(expected[0]), numbers.error(expected[1]), numbers.ratio(expected[2])]
        assert summary.status_word(item) in cells[11]
    assert [item.status for item in comparison.layers].count(Status.FAILED) == 2
