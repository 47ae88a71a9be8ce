"""Which tolerance a layer gets, what the user's options mean, and what is refused."""

from pathlib import Path

import numpy as np
import pytest
from handmade_bundles import handmade

from xverify.bundle.manifest import Layer
from xverify.comparison.policy import Fixed, Policy, fixed_tolerance, parse_allow_option, parse_layer_option
from xverify.errors import XverifyError

A, B, C = Fixed(1e-1), Fixed(1e-2), Fixed(0.0, 1e-3)


@pytest.fixture
def layers(tmp_path: Path) -> tuple[Layer, ...]:
    """Ids and module paths as an exporter names them: `cell` was called twice, `cell_2` is another module."""
    paths = {"features_0": "features.0", "features_10": "features.10", "cell": "cell", "cell_1": "cell", "add": ""}
    paths |= {"cell_2": "deep.cell", "head": "deep.head"}
    value = np.ones((2, 3), np.float32)
    changes = {name: {"module_path": path} for name, path in paths.items()}
    return handmade(tmp_path / "b", dict.fromkeys(paths, value), changes=changes).manifest.layers


def chosen(policy: Policy, layers: tuple[Layer, ...]) -> dict[str, Fixed | None]:
    return {layer.id: policy.fixed_for(layer) for layer in layers}


def test_without_options_every_tolerance_is_the_calibrated_one(layers: tuple[Layer, ...]) -> None:
    assert set(chosen(Policy(), layers).values()) == {None}


def test_the_last_pattern_that_matches_wins(layers: tuple[Layer, ...]) -> None:
    policy = Policy(default=C, layers=(("features_*", A), ("features_1*", B)))
    assert chosen(policy, layers)["features_0"] == A
    assert chosen(policy, layers)["features_10"] == B
    assert chosen(policy, layers)["cell"] == C
    assert chosen(Policy(layers=(("features_1*", B), ("*_*", A))), layers)["features_10"] == A


@pytest.mark.parametrize(
    ("pattern", "matched"),
    [
        ("deep.*", {"cell_2", "head"}),
        ("cell", {"cell", "cell_1"}),
        ("features.?", {"features_0"}),
        ("features_[1-9]*", {"features_10"}),
        ("FEATURES_0", set[str]()),
    ],
)
def test_patterns_match_ids_and_module_paths(pattern: str, matched: set[str], layers: tuple[Layer, ...]) -> None:
    found = chosen(Policy(layers=((pattern, A),)), layers)
    assert {name for name, fixed in found.items() if fixed} == matched


def test_options_stand_on_top_of_settings() -> None:
    settings = Policy(default=A, layers=(("x", A),), allow={"a": "old", "b": "kept"})
    both = settings.updated(None, [("x", B)], {"a": "new"})
    assert both == Policy(default=A, layers=(("x", A), ("x", B)), allow={"a": "new", "b": "kept"})
    assert settings.updated(B, [], {}).default == B


@pytest.mark.parametrize("pattern", ["feature_*", "features-0", "deep.cell.*", "Head"])
def test_a_pattern_that_matches_nothing_is_refused(pattern: str, layers: tuple[Layer, ...]) -> None:
    with pytest.raises(XverifyError, match="matches no layer"):
        Policy(layers=(("head", A), (pattern, A))).resolved(layers)


@pytest.mark.parametrize("name", ["heads", "deep.heads", "*", "features_*", ""])
def test_a_permission_for_nothing_is_refused(name: str, layers: tuple[Layer, ...]) -> None:
    allow = {"head": "fine", name: "reason"}
    if name == "":  # functional layers have the module path ''
        layers = tuple(layer for layer in layers if layer.id != "add")
    with pytest.raises(XverifyError, match="names no layer"):
        Policy(allow=allow).resolved(layers)


def test_a_permission_may_name_a_module_of_one_layer(layers: tuple[Layer, ...]) -> None:
    assert Policy(allow={"deep.head": "r"}).resolved(layers).allow == {"head": "r"}


def test_a_permission_for_a_module_of_several_layers_is_refused(layers: tuple[Layer, ...]) -> None:
    with pytest.raises(XverifyError, match="several layers") as caught:
        Policy(allow={"cell": "r"}).resolved([layer for layer in layers if layer.id != "cell"] * 2)
    assert "cell_1" in caught.value.hint


def test_an_exact_id_is_meant_before_a_module_path(layers: tuple[Layer, ...]) -> None:
    resolved = Policy(allow={"cell": "r"}).resolved(layers)
    assert [layer.id for layer in layers if resolved.permission(layer)] == ["cell"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("features_*:atol=1e-4", ("features_*", Fixed(1e-4, 0.0))),
        ("a:rtol=1e-3,atol=2", ("a", Fixed(2.0, 1e-3))),
        ("a:atol=0", ("a", Fixed(0.0, 0.0))),
        ("a:b:atol=1", ("a:b", Fixed(1.0, 0.0))),
        ("[ab]*:atol=.5,", ("[ab]*", Fixed(0.5, 0.0))),
    ],
)
def test_layer_option(text: str, expected: tuple[str, Fixed]) -> None:
    assert parse_layer_option(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "", ":", "a", "a:", ":atol=1", "atol=1", "a:atol", "a:atol=", "a:atol=x", "a:atol=-1", "a:atol=nan", "a:atol=inf", "a:rtol=-inf",
        "a:tol=1", "a:atol=1;rtol=2", "a:atol=1,ATOL=2", "a:1e-4", "a:atol==1",
    ],
)  # fmt: skip
def test_malformed_layer_options_are_refused(text: str) -> None:
    with pytest.raises(XverifyError) as caught:
        parse_layer_option(text)
    assert caught.value.hint


def test_allow_option_keeps_later_equal_signs() -> None:
    assert parse_allow_option(" dropout = eval: y = x ") == ("dropout", "eval: y = x")


@pytest.mark.parametrize("text", ["", "=", "dropout", "dropout=", "dropout=  ", "=reason", " =reason"])
def test_allow_needs_a_layer_and_a_reason(text: str) -> None:
    with pytest.raises(XverifyError, match="gives no reason"):
        parse_allow_option(text)


def test_fixed_tolerance() -> None:
    assert fixed_tolerance(None, None) is None
    assert fixed_tolerance(1e-3, None) == Fixed(1e-3, 0.0)
    assert fixed_tolerance(None, 0.0) == Fixed(0.0, 0.0)
    assert fixed_tolerance(1e-3, 1e-2) == Fixed(1e-3, 1e-2)


@pytest.mark.parametrize("value", [-1e-9, float("nan"), float("inf"), float("-inf")])
def test_tolerances_are_finite_and_not_negative(value: float) -> None:
    for pair in ((value, None), (None, value), (1.0, value)):
        with pytest.raises(XverifyError, match="finite and not negative"):
            fixed_tolerance(*pair)
