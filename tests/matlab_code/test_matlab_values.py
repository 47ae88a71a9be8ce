"""Values and formulas while the code is written."""

import pytest
from handmade_steps import HOSTILE

from xverify.bundle.manifest import Model
from xverify.matlab_code import expression
from xverify.matlab_code.expression import ATOM, PRODUCT, SUM, combined, constant, function, paired
from xverify.matlab_code.names import script_name
from xverify.matlab_code.value import Operand

X = Operand("a", "BCSS", (2, 3, 4, 5))
Y = Operand("b", "BCSS", (2, 3, 1, 1))


def test_axes_follow_matlabs_order() -> None:
    assert X.format == "SSCB"
    assert X.matlab_order == (2, 3, 1, 0)
    assert X.size("SC") == (4, 5, 3)
    assert X.dimension(1) == 3
    volume = Operand("v", "BCSSS", (2, 3, 4, 5, 6))
    assert volume.format == "SSSCB"
    assert volume.size("S") == (5, 6, 4)  # height, width, depth
    assert Operand("s", "TBC", (7, 2, 3)).format == "CBT"
    assert Operand("p", "BC1", (2, 3, 1)).format == "CB"


def test_formulas_have_the_brackets_that_they_need() -> None:
    x, y, shape = expression.of(X), expression.of(Y), X.shape
    total = combined("+", SUM, x, constant("3"), shape)
    assert combined(".*", PRODUCT, total, total, shape).template == "({0} + 3) .* ({0} + 3)"
    assert combined("-", SUM, x, combined("-", SUM, x, y, shape), shape).template == "{0} - ({0} - {1})"
    assert combined("-", SUM, combined("-", SUM, x, y, shape), x, shape).template == "{0} - {1} - {0}"
    assert combined(".*", PRODUCT, x, constant("-2"), shape).template == "{0} .* (-2)"
    assert function("max", total, "0").template == "max({0} + 3, 0)"
    assert paired("max", total, y, shape).template == "max({0} + 3, {1})"
    assert paired("max", total, y, shape).binding == ATOM


def test_the_same_value_is_one_variable() -> None:
    x, y = expression.of(X), expression.of(Y)
    both = combined("+", SUM, combined("+", SUM, y, x, X.shape), combined("./", PRODUCT, x, y, X.shape), X.shape)
    assert both.template == "{0} + {1} + {1} ./ {0}"
    assert both.operands == (Y, X)


@pytest.mark.parametrize(
    ("name", "script"),
    [("cifar10", "cifar10"), ("my net.v2", "my_net_v2"), ("..", "network"), ("9", "9"), ("a" * 80, "a" * 40)],
)
def test_a_models_name_becomes_part_of_an_identifier(name: str, script: str) -> None:
    assert script_name(Model(name, "", "", opset=17, ir_version=8)) == script


def test_a_hostile_name_becomes_one_too() -> None:
    assert script_name(Model(HOSTILE, "", "", opset=17, ir_version=8)).replace("_", "").isalnum()
