import tomllib
from importlib import resources

import pytest

from xverify.compat.releases import DEFAULT_RELEASE, RELEASES, UNLISTED, release
from xverify.errors import XverifyError

TABLE = tomllib.loads(resources.files("xverify.compat").joinpath("releases.toml").read_text(encoding="utf-8"))


def test_the_releases_are_those_of_five_years() -> None:
    assert RELEASES == (
        "R2021a", "R2021b", "R2022a", "R2022b", "R2023a", "R2023b", "R2024a", "R2024b", "R2025a", "R2025b", "R2026a",
    )  # fmt: skip
    assert DEFAULT_RELEASE == "R2024b"


@pytest.mark.parametrize("name", ["R2024b", "r2024B", "2024b", " R2024b "])
def test_a_release_is_found_however_it_is_written(name: str) -> None:
    assert release(name).name == "R2024b"


@pytest.mark.parametrize("name", ["R2020a", "R2024c", "", "latest", "R2024b2"])
def test_an_unknown_release_lists_the_known_ones(name: str) -> None:
    with pytest.raises(XverifyError) as caught:
        release(name)
    assert repr(name) in caught.value.message
    assert all(known in caught.value.hint for known in RELEASES)


@pytest.mark.parametrize("name", RELEASES)
def test_what_is_written_for_a_release(name: str) -> None:
    target = release(name).target()
    old = name < "R2023b"
    assert (target.release, target.opset, target.ir_version) == (name, 13 if old else 17, 7 if old else 8)
    assert [operator for operator in ("Gelu", "HardSigmoid", "HardSwish") if not target.decomposes(operator)] == []
    assert not target.decomposes("LayerNormalization")
    assert release(name).function.name == ("importONNXNetwork" if old else "importNetworkFromONNX")
    assert release(name).function.namespace == ("PackageName" if old else "Namespace")
    assert not target.dynamic_batch
    assert release(name).target(dynamic_batch=True).dynamic_batch


@pytest.mark.parametrize(("name", "kind", "layer"), [
    ("R2024b", "helper", "nnet.onnx.layer.ElementwiseAffineLayer"),
    ("R2025a", "built-in", "nnet.cnn.layer.ScalingLayer"),
])  # fmt: skip
def test_a_bias_behind_a_product_becomes_another_layer_from_2025_on(name: str, kind: str, layer: str) -> None:
    rule = release(name).rule("Add bias")
    assert (rule.kind, rule.layer, rule.confidence) == (kind, layer, "cited")


def test_what_is_not_listed_is_unknown() -> None:
    assert release("R2024b").rule("Frobnicate") == UNLISTED
    assert (UNLISTED.kind, UNLISTED.confidence) == ("unknown", "unknown")


@pytest.mark.parametrize("name", RELEASES)
def test_every_entry_has_a_source_and_nothing_unknown_is_called_built_in(name: str) -> None:
    rules = release(name).operators
    assert [case for case, rule in rules.items() if len(rule.source) < 10] == []
    assert [case for case, rule in rules.items() if (rule.kind == "unknown") != (rule.confidence == "unknown")] == []
    assert [case for case, rule in rules.items() if rule.kind == "built-in" and not rule.layer] == []


def test_verified_is_only_what_files_of_matlab_show() -> None:
    verified = {name for name, rule in TABLE["operators"].items() if rule["confidence"] == "verified"}
    assert verified == {"Conv", "Conv as torch 2.9 writes it", "Add", "Mul", "Sigmoid", "Concat", "MaxPool"}


@pytest.mark.parametrize("operator", ["Gelu", "Erf", "HardSwish", "LayerNormalization", "LogSoftmax", "Conv grouped"])
def test_what_the_sources_do_not_settle_is_unknown(operator: str) -> None:
    assert release("R2025a").rule(operator).kind == "unknown"
