import pytest
import torch

from xverify.errors import XverifyError
from xverify.models.input_specs import InputSpec, parse_input


@pytest.mark.parametrize(
    ("text", "spec"),
    [
        ("1x3x32x24", InputSpec("", (1, 3, 32, 24), torch.float32)),
        ("7", InputSpec("", (7,), torch.float32)),
        ("scalar", InputSpec("", (), torch.float32)),
        ("images=2x3x9x7", InputSpec("images", (2, 3, 9, 7), torch.float32)),
        ("mask=2x9:bool", InputSpec("mask", (2, 9), torch.bool)),
        ("2x9:int64", InputSpec("", (2, 9), torch.int64, 10)),
        ("tokens=2x9:int64<1000", InputSpec("tokens", (2, 9), torch.int64, 1000)),
        ("step=scalar:int32<5", InputSpec("step", (), torch.int32, 5)),
        ("2x3:uint8<255", InputSpec("", (2, 3), torch.uint8, 255)),
        (" 2x3:float32 ", InputSpec("", (2, 3), torch.float32)),
    ],
)
def test_every_form(text: str, spec: InputSpec) -> None:
    assert parse_input(text) == spec


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "'' is no shape"),
        ("2x", "'2x' is no shape"),
        ("2X3", "'2X3' is no shape"),
        ("2,3", "'2,3' is no shape"),
        ("-1x3", "'-1x3' is no shape"),
        ("2x3.5", "is no shape"),
        ("²x3", "is no shape"),
        ("2x0x3", "a size of 0"),
        ("=2x3", "not understood"),
        ("a=b=2x3", "'b=2x3' is no shape"),
        ("2x3:float99", "'float99' is no dtype"),
        ("2x3:", "'' is no dtype"),
        ("2x3:float64", "'float64' is no dtype"),
        ("2x3<5", "not understood"),
        ("2x3:float32<5", "only integers"),
        ("2x3:bool<2", "only integers"),
        ("2x3:int64<", "the bound is a number from 1"),
        ("2x3:int64<0", "the bound is a number from 1"),
        ("2x3:int8<128", "from 1 to 127 for int8"),
        ("100000x100000x3", "more than 1.5 GB"),
        ("9" * 40, "more than 1.5 GB"),
    ],
)
def test_everything_else_is_refused_with_the_form(text: str, message: str) -> None:
    with pytest.raises(XverifyError) as caught:
        parse_input(text)

    assert message in caught.value.message
    assert f"--input {text}:" in caught.value.message
    assert caught.value.hint


@pytest.mark.parametrize(
    ("spec", "text"),
    [
        (InputSpec("a", (2, 3), torch.int64), "a 2x3 int64"),
        (InputSpec("", (), torch.float32), "scalar float32"),
    ],
)
def test_a_spec_reads_well(spec: InputSpec, text: str) -> None:
    assert str(spec) == text
