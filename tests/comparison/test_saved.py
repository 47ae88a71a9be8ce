"""Saved JSON gives the records back: every report of them is, byte for byte, the report of the originals."""

import io
import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from sample_comparisons import (
    DETAIL,
    FAULTY,
    beside_baseline,
    changed,
    changed_parameters,
    failing,
    hostile,
    measure,
    passing,
    recorded,
    with_layers,
)

from xverify.comparison.baseline import judge
from xverify.comparison.not_finite import NAMES, not_finite, restore
from xverify.comparison.results import ChannelError, Comparison, Coverage, Element, Regression, Status
from xverify.comparison.saved import parse_comparisons, read_comparisons
from xverify.comparison.verdict import BY_LOCAL_ALONE
from xverify.errors import XverifyError
from xverify.report.formats import FILE_FORMATS
from xverify.report.json_report import to_json
from xverify.report.side_by_side import print_comparisons


def infinite() -> Comparison:
    """NaN and both Infs wherever a record takes a number, also where null has a meaning of its own."""
    detail = msgspec.structs.replace(
        DETAIL,
        decades=((0.0, 3), (math.inf, 9)),
        worst=(Element((1, 2), math.nan, 0.5), Element((0, 1), -math.inf, 2.0)),
        channels=(ChannelError(3, math.inf, math.nan),),
        positions=((math.inf, 0.5), (math.nan, 0.0)),
        batch=(math.nan, 1.0),
    )
    odd = changed(
        FAULTY,
        local=measure(math.inf, 1.0, passed=False, actual=-math.inf, expected=math.inf, snr_db=math.inf, ulp=math.nan),
        accumulated=measure(math.nan, 0.0, passed=False, actual=math.nan, expected=None, cosine=math.nan),
    )
    return msgspec.structs.replace(with_layers(failing(), dens_dens_12_norm1=odd), details=(detail,))


SAMPLES = {
    "passing": passing(),
    "failing": failing(),
    "recorded": recorded(),
    "hostile": hostile(),
    "parameters": changed_parameters(23),
    "infinite": infinite(),
    "baseline": beside_baseline(),
    "regression": beside_baseline(Regression("dens_dens_12_norm1", "worse", "more than 2 times")),
}


def printed(*comparisons: Comparison) -> str:
    text = io.StringIO()
    print_comparisons(comparisons, Console(file=text, width=120), show_all=True, verbose=True)
    return text.getvalue()


@pytest.mark.parametrize("name", SAMPLES)
def test_every_report_of_what_was_read_is_that_of_the_original(name: str) -> None:
    original = SAMPLES[name]
    (read,) = parse_comparisons(to_json(original), name)
    for kind, writer in FILE_FORMATS.items():
        assert writer(read) == writer(original), kind
    assert printed(read) == printed(original)


def test_several_comparisons_come_back_in_their_order(tmp_path: Path) -> None:
    originals = (passing(), msgspec.structs.replace(infinite(), against="MATLAB R2024b"))
    path = tmp_path / "results.json"
    path.write_bytes(to_json(*originals))
    read = read_comparisons(path)
    assert [item.against for item in read] == ["onnxruntime 1.32.0", "MATLAB R2024b"]
    assert to_json(*read) == to_json(*originals)
    assert printed(*read) == printed(*originals)


def test_what_is_finite_comes_back_equal() -> None:
    for original in (passing(), failing(), changed_parameters(2), beside_baseline()):
        assert parse_comparisons(to_json(original), "x") == (original,)


numbers = st.floats(allow_nan=True, allow_infinity=True)


@given(numbers, numbers, st.none() | numbers, st.none() | numbers)
def test_any_number_comes_back(error: float, allowed: float, actual: float | None, ulp: float | None) -> None:
    odd = changed(FAULTY, local=measure(error, allowed, passed=False, actual=actual, expected=0.5, ulp=ulp))
    original = with_layers(failing(), dens_dens_12_norm1=odd)
    (read,) = parse_comparisons(to_json(original), "x")
    assert repr(read) == repr(original)


@given(st.recursive(numbers | st.text() | st.none(), lambda x: st.lists(x) | st.dictionaries(st.text(), x)))
def test_not_finite_names_places_that_restore_finds(value: Any) -> None:
    plain = {"~a/b": value}
    table = not_finite(plain)
    nulled = json.loads(msgspec.json.encode(plain))
    restore(nulled, table)
    assert repr(nulled) == repr(plain)
    assert set(table) <= set(NAMES)


def test_a_file_without_the_table_has_nan_where_a_number_must_stand_and_none_elsewhere() -> None:
    plain = json.loads(to_json(infinite()))
    del plain["not_finite"]
    (read,) = parse_comparisons(json.dumps(plain).encode(), "x")
    local = next(layer for layer in read.layers if layer.id == "dens_dens_12_norm1").local
    assert local is not None
    assert math.isnan(local.max_error)
    assert local.actual is None
    assert math.isnan(read.details[0].decades[1][0])
    assert math.isnan(read.details[0].positions[0][0])


def test_unknown_fields_are_ignored() -> None:
    plain = json.loads(to_json(failing()))
    plain["invented"] = {"x": 1}
    plain["layers"][0]["invented"] = [1]
    assert parse_comparisons(json.dumps(plain).encode(), "x") == (failing(),)


# --- bad input ------------------------------------------------------------------------------------------------------


def edited(change: Callable[[dict[str, Any]], object], comparison: Comparison | None = None) -> bytes:
    plain = json.loads(to_json(comparison or failing()))
    change(plain)
    return json.dumps(plain).encode()


def refused(data: bytes, words: str) -> XverifyError:
    with pytest.raises(XverifyError, match=words) as caught:
        parse_comparisons(data, "old.json")
    assert "old.json" in caught.value.message
    assert caught.value.hint
    return caught.value


def test_a_file_that_is_missing_or_a_folder(tmp_path: Path) -> None:
    for path in (tmp_path / "absent.json", tmp_path):
        with pytest.raises(XverifyError, match="cannot be read"):
            read_comparisons(path)


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.9, 0.999])
def test_a_file_that_is_cut_short_anywhere(share: float) -> None:
    data = to_json(failing()).rstrip()
    refused(data[: int(len(data) * share)], "is empty|is cut short")


@pytest.mark.parametrize(
    "data",
    [b"\xff\xfe{\x00", b"NaN", b"[1, 2]", b"[" * 100_000, b'{"a":' * 50_000, b"<html>", b'"\\ud800"', b"\x80"],
    ids=["utf16", "nan", "list", "deep lists", "deep objects", "html", "surrogate", "no utf8"],
)
def test_what_is_no_report(data: bytes) -> None:
    refused(data, "old.json")


def test_a_newer_version_says_to_update() -> None:
    assert "Update xverify" in refused(edited(lambda p: p.update(schema_version=2)), "version 2").hint
    several = json.loads(to_json(passing(), passing())) | {"schema_version": 7}
    refused(json.dumps(several).encode(), "version 7")


@pytest.mark.parametrize("version", [None, "1", True, 0, -1, 1.5])
def test_a_version_that_is_none(version: object) -> None:
    refused(edited(lambda p: p.update(schema_version=version)), "names no version")


def test_another_commands_json_is_named() -> None:
    refused(b'{"schema_version": 1, "passed": true, "parameters": []}', "xverify weights")
    refused(b'{"schema_version": 1, "network": "x", "scores": {}}', "xverify evaluate")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda p: p["layers"][0].pop("id"), "id"),
        (lambda p: p["layers"][0].update(status="fine"), "fine"),
        (lambda p: p["layers"][0]["local"].update(error="0"), "float"),
        (lambda p: p.update(environment={"a": 1}), "environment"),
        (lambda p: p.update(not_finite={"Inf": ["/layers/0/status"]}), "holds a value"),
        (lambda p: p.update(not_finite={"Inf": ["/layers/99/local"]}), "there is no"),
        (lambda p: p.update(not_finite={"Infinity": []}), "no number"),
        (lambda p: p.update(not_finite={"NaN": ["/first_fault"]}, first_fault=None), "first_fault"),
        (lambda p: p.update(not_finite=[1]), "damaged"),
    ],
)  # fmt: skip
def test_a_damaged_field_is_named(change: Callable[[dict[str, Any]], object], words: str) -> None:
    assert words in refused(edited(change), "damaged").message


def test_a_verdict_that_the_layers_do_not_bear_out_is_refused() -> None:
    refused(edited(lambda p: p.update(passed=True)), "contradicts itself")
    refused(edited(lambda p: p["layers"][3].update(status="failed"), passing()), "'features_pool0' did not")
    refused(edited(lambda p: p["layers"][3].update(status="failed", permitted="x"), passing()), "'features_pool0'")
    refused(edited(lambda p: p["layers"].pop(), passing()), "coverage")
    refused(edited(lambda p: p.update(layers=[]), passing()), "no layers")
    refused(edited(lambda p: p.update(problems=["x"]), passing()), "problems were found")
    for change in (
        lambda p: p["faults"].append("gone"),
        lambda p: p.update(first_fault="gone"),
        lambda p: p["causes"][0].update(layer="gone"),
        lambda p: p["details"][0].update(layer="gone"),
    ):
        refused(edited(change), "'gone', which is no layer")
    refused(edited(lambda p: p["layers"].append(p["layers"][0])), "same id")
    refused(edited(lambda p: p["regressions"]["known"].clear(), beside_baseline()), "neither a regression nor known")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda p: p["layers"][1]["local"].update(error=5.0), "more than what is allowed"),
        (lambda p: p["layers"][1]["accumulated"].update(problem="NaN"), "more than what is allowed"),
        (lambda p: p["layers"][1]["local"].update(error=5.0, passed=False), "its local error did not"),
        (lambda p: p["layers"][1]["accumulated"].update(passed=False), "its accumulated error did not"),
        (lambda p: p["layers"][1].update(local=None, accumulated=None), "nothing of it was measured"),
    ],
)  # fmt: skip
def test_a_layer_that_passed_without_the_numbers_for_it(change: Callable[[dict[str, Any]], object], words: str) -> None:
    assert words in refused(edited(change, passing()), "contradicts itself").message


def test_a_layer_that_is_judged_by_its_local_error_alone_does_not_contradict_itself() -> None:
    layers = passing().layers
    worse = changed(layers[4], accumulated=measure(1.0, 1e-6), reason=BY_LOCAL_ALONE)
    alias = changed(layers[5], accumulated=worse.accumulated)
    original = with_layers(passing(), **{worse.id: worse, alias.id: alias})
    assert parse_comparisons(to_json(original), "x") == (original,)


def test_problems_and_changed_parameters_are_regressions_or_known() -> None:
    nothing: dict[str, Any] = {"baseline": "", "date": "", "against": "", "found": []}
    for original in (changed_parameters(2), msgspec.structs.replace(passing(), passed=False, problems=("x",))):
        refused(edited(lambda p: p.update(regressions=nothing), original), "a problem or a changed parameter|neither")
        accepted = judge(original, original, "old.json")
        assert parse_comparisons(to_json(accepted), "x") == (accepted,)
        refused(edited(lambda p: p["regressions"]["known"].pop(), accepted), "neither a regression nor")
    unknown = msgspec.structs.replace(passing(), passed=False)
    refused(edited(lambda p: p.update(regressions=nothing), unknown), "neither a regression nor a known failure")


def test_a_layer_that_was_permitted_does_not_contradict_a_pass() -> None:
    skipped = changed(passing().layers[7], status=Status.NOT_COMPARED, permitted="fused", local=None, accumulated=None)
    original = msgspec.structs.replace(with_layers(passing(), add_7=skipped), coverage=Coverage(9, 10))
    assert parse_comparisons(to_json(original), "x") == (original,)


def test_the_verdict_on_several_must_be_theirs() -> None:
    plain = json.loads(to_json(passing(), failing())) | {"passed": True}
    refused(json.dumps(plain).encode(), "its verdict is not that of its comparisons")
    refused(json.dumps(plain | {"comparisons": []}).encode(), "holds no comparison")
