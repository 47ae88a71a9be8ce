"""Layer ids: valid for MATLAB, unique, the same each time, and still readable when they are short."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xverify.program.identifiers import MAX_LENGTH, Pool, shorten

# What iskeyword() lists in MATLAB.
KEYWORDS = {
    "break", "case", "catch", "classdef", "continue", "else", "elseif", "end", "for", "function", "global", "if", "otherwise", "parfor",
    "persistent", "return", "spmd", "switch", "try", "while",
}  # fmt: skip
VALID = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,19}\Z")

words = st.one_of(
    st.sampled_from(
        [
            "layer",
            "features",
            "0",
            "12",
            "end",
            "xverify",
            "ans",
            "denselayer16",
            "größe",
            "_1st",
            "a-b",
            "conv2d",
            "x" * 40,
        ]
    ),
    st.text(max_size=25),
)
paths = st.lists(words, max_size=9).map(".".join)


def is_valid(name: str) -> bool:
    return bool(VALID.match(name)) and name not in KEYWORDS and name != "ans" and not name.startswith("xverify")


@given(st.lists(paths, max_size=40))
def test_every_id_is_valid_unique_and_the_same_each_time(wanted: list[str]) -> None:
    pool, again = Pool(), Pool()
    ids = [pool.take(name) for name in wanted]
    assert [name for name in ids if not is_valid(name)] == []
    assert len(set(ids)) == len(ids)
    assert [again.take(name) for name in wanted] == ids


@given(paths, st.integers(2, 30))
def test_a_name_that_is_taken_again_and_again_stays_valid(wanted: str, times: int) -> None:
    pool = Pool()
    ids = [pool.take(wanted) for _ in range(times)]
    assert all(map(is_valid, ids))
    assert len(set(ids)) == times


@given(st.lists(st.from_regex(r"[A-Za-z0-9]{1,30}", fullmatch=True), min_size=1, max_size=9), st.integers(8, 30))
def test_shortened_names_keep_the_limit_and_begin_with_a_letter(tokens: list[str], limit: int) -> None:
    name = shorten(tokens, limit)
    assert 0 < len(name) <= limit
    assert name[0].isalpha()
    assert not name.endswith("_")


@pytest.mark.parametrize("keyword", sorted(KEYWORDS | {"ans"}))
def test_reserved_words_get_an_underscore(keyword: str) -> None:
    pool = Pool()
    assert pool.take(keyword) == f"{keyword}_"
    assert pool.take(keyword) == f"{keyword}_2"


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("conv1", "conv1"),
        ("layer1.0.bn2", "layer1_0_bn2"),
        ("layer4.1.downsample.0", "laye4_1_downsample_0"),
        ("features.0", "features_0"),
        ("features.denseblock1.denselayer12.norm1", "f_dens1_dens12_norm1"),
        ("encoder.layers.encoder_layer_11.mlp.0", "enco_laye_11_mlp_0"),
        ("encoder.layers.encoder_layer_0.self_attention.softmax", "l_0_s_atte_softmax"),
        ("model.backbone.body.layer3.5.conv2", "body_laye3_5_conv2"),
        ("", "layer"),
        ("0", "layer_0"),
        ("1.weights", "layer_1_weights"),
        ("größe", "gr_e"),
        ("xverify.net", "layer_xverify_net"),
    ],
)
def test_readable_examples(path: str, expected: str) -> None:
    assert Pool().take(path) == expected


def test_numbers_tell_layers_of_a_vit_apart_without_a_counter() -> None:
    pool = Pool()
    for block in range(12):
        for part in ("ln_1", "self_attention", "dropout", "ln_2", "mlp.0", "mlp.3"):
            name = pool.take(f"encoder.layers.encoder_layer_{block}.{part}")
            assert str(block) in re.findall(r"\d+", name)


def test_thousands_of_clashing_names_are_numbered_in_order() -> None:
    pool = Pool()
    ids = [pool.take("decoder.cell.add") for _ in range(20_000)]
    assert ids[:3] == ["decoder_cell_add", "decoder_cell_add_2", "decoder_cell_add_3"]
    assert len(set(ids)) == len(ids)
    assert max(map(len, ids)) <= MAX_LENGTH


def test_names_that_differ_only_beyond_the_limit_stay_apart() -> None:
    pool = Pool()
    stem = "a_rather_long_name_of_a_module_that_differs_at_its_end"
    ids = [pool.take(f"{letters}{stem}") for letters in ("", "b", "c")]
    assert len(set(ids)) == 3


def test_a_numbered_id_does_not_collide_with_a_module_of_that_name() -> None:
    pool = Pool()
    assert [pool.take(name) for name in ("relu_2", "relu", "relu", "relu_2")] == [
        "relu_2",
        "relu",
        "relu_3",
        "relu_2_2",
    ]
