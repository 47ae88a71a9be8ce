"""ONNX operators that act on each element alone, as formulas.

`functionLayer` (R2021b) applies them: nothing in them is learned, and the formula stands in the code. Arrays that they use (the
mean of a normalization of raw data) become variables of the function; they are constants in MATLAB, whatever they were in PyTorch.
"""

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from xverify.matlab_code.expression import ATOM, PRODUCT, SUM, Expression, combined, constant, function, paired
from xverify.matlab_code.literals import number, row, single, text
from xverify.matlab_code.step import CodeLayer, Step, UnsupportedStepError
from xverify.matlab_code.value import Operand

_VARIABLES = "XYZ"


def _clip(step: Step, items: Sequence[Expression]) -> Expression:
    low, high = _bound(step, 2, "min"), _bound(step, 3, "max")
    result = items[0]
    if low:
        result = function("max", result, low)
    return function("min", result, high) if high else result


def _bound(step: Step, operand: int, name: str) -> str:
    if step.has(f"operand_{operand}"):
        return single(float(step.array(f"operand_{operand}").ravel()[0]))
    value = step.attribute(name)
    return "" if value is None else single(step.scalar(name, 0))


def _sigmoid(_: Step, items: Sequence[Expression]) -> Expression:
    return _reformed(items[0], "1 ./ (1 + exp(-{x}))", PRODUCT)


def _hard_sigmoid(step: Step, items: Sequence[Expression]) -> Expression:
    slope, shift = single(step.scalar("alpha", 0.2)), single(step.scalar("beta", 0.5))
    return _reformed(items[0], f"min(max({slope} * {{x}} + {shift}, 0), 1)", ATOM)


def _hard_swish(_: Step, items: Sequence[Expression]) -> Expression:
    return _reformed(items[0], "{x} .* min(max({x} / 6 + 0.5, 0), 1)", PRODUCT)


def _softplus(_: Step, items: Sequence[Expression]) -> Expression:
    return _reformed(items[0], "max({x}, 0) + log(1 + exp(-abs({x})))", SUM)


def _mish(_: Step, items: Sequence[Expression]) -> Expression:
    return _reformed(items[0], "{x} .* tanh(max({x}, 0) + log(1 + exp(-abs({x}))))", PRODUCT)


def _leaky_relu(step: Step, items: Sequence[Expression]) -> Expression:
    return _reformed(items[0], f"max({{x}}, 0) + {single(step.scalar('alpha', 0.01))} * min({{x}}, 0)", SUM)


def _elu(step: Step, items: Sequence[Expression]) -> Expression:
    return _reformed(items[0], f"max({{x}}, 0) + {single(step.scalar('alpha', 1))} * (exp(min({{x}}, 0)) - 1)", SUM)


def _selu(step: Step, items: Sequence[Expression]) -> Expression:
    alpha, gamma = single(step.scalar("alpha", 1.6732632423543772)), single(step.scalar("gamma", 1.0507009873554805))
    return _reformed(items[0], f"{gamma} * (max({{x}}, 0) + {alpha} * (exp(min({{x}}, 0)) - 1))", PRODUCT)


def _relu(_: Step, items: Sequence[Expression]) -> Expression:
    return function("max", items[0], "0")


def _reciprocal(_: Step, items: Sequence[Expression]) -> Expression:
    return _reformed(items[0], "1 ./ {x}", PRODUCT)


def _negative(_: Step, items: Sequence[Expression]) -> Expression:
    return _reformed(items[0], "-{x}", SUM)


def _log_softmax(step: Step, items: Sequence[Expression]) -> Expression:
    """The only one that looks at other elements: it stands alone, on a finished value."""
    value = items[0].operands[0]
    axis = int(step.scalar("axis", -1)) % len(value.labels)
    if items[0].template != "{0}" or value.labels[axis] == "1":
        raise UnsupportedStepError("LogSoftmax of a formula")
    at = value.dimension(axis)
    largest = f"max({{x}}, [], {at})"
    return _reformed(items[0], f"{{x}} - {largest} - log(sum(exp({{x}} - {largest}), {at}))", SUM)


def _called(name: str) -> Callable[[Step, Sequence[Expression]], Expression]:
    return lambda _, items: function(name, items[0])


def _joined(operator: str, binding: int) -> Callable[[Step, Sequence[Expression]], Expression]:
    def join(_: Step, items: Sequence[Expression]) -> Expression:
        shape = np.broadcast_shapes(items[0].shape, items[1].shape)
        return combined(operator, binding, items[0], items[1], tuple(shape))

    return join


def _chosen(name: str) -> Callable[[Step, Sequence[Expression]], Expression]:
    def choose(_: Step, items: Sequence[Expression]) -> Expression:
        shape = np.broadcast_shapes(items[0].shape, items[1].shape)
        return paired(name, items[0], items[1], tuple(shape))

    return choose


def _power(_: Step, items: Sequence[Expression]) -> Expression:
    if items[1].operands or items[1].setup:
        raise UnsupportedStepError("a power whose exponent is no number")
    return _reformed(items[0], f"{{x}} .^ {items[1].bracketed(ATOM)}", PRODUCT)


def _reformed(item: Expression, form: str, binding: int) -> Expression:
    """The formula with an expression in the place of {x}."""
    code = form.replace("{x}", item.bracketed(ATOM))
    return Expression(code, binding, item.operands, item.shape, item.setup)


FORMULAS: Mapping[str, Callable[[Step, Sequence[Expression]], Expression]] = {
    "Add": _joined("+", SUM),
    "Sub": _joined("-", SUM),
    "Mul": _joined(".*", PRODUCT),
    "Div": _joined("./", PRODUCT),
    "Max": _chosen("max"),
    "Min": _chosen("min"),
    "Pow": _power,
    "Clip": _clip,
    "Relu": _relu,
    "Sigmoid": _sigmoid,
    "Tanh": _called("tanh"),
    "Exp": _called("exp"),
    "Log": _called("log"),
    "Sqrt": _called("sqrt"),
    "Abs": _called("abs"),
    "Neg": _negative,
    "Reciprocal": _reciprocal,
    "Softplus": _softplus,
    "Mish": _mish,
    "HardSigmoid": _hard_sigmoid,
    "HardSwish": _hard_swish,
    "LeakyRelu": _leaky_relu,
    "Elu": _elu,
    "Selu": _selu,
    "LogSoftmax": _log_softmax,
}


def formula(step: Step, items: Sequence[Expression]) -> Expression:
    """The step's formula.

    Args:
        step: An operator of `FORMULAS`.
        items: Its operands in order, values and constants (`constant_operand`).
    """
    result = FORMULAS[step.operation.op](step, items)
    if len({(value.labels, value.flattened) for value in result.operands}) > 1:
        raise UnsupportedStepError("its inputs have different kinds of axes")
    if any(value.flattened for value in result.operands) and (result.setup or step.operation.op == "LogSoftmax"):
        raise UnsupportedStepError("it reads a flattened value, whose order is not PyTorch's")
    if len(result.operands) > len(_VARIABLES):
        raise UnsupportedStepError("a formula of too many values")
    return result


def constant_operand(step: Step, property_: str, like: Operand | None, variable: str) -> Expression:
    """A constant of the step: a number, or a variable with the axes of the value `like` in MATLAB's order."""
    array = step.array(property_)
    if array.size == 1:
        return constant(single(float(array.ravel()[0])))
    if like is None or array.ndim > len(like.labels) or "1" in like.labels:
        raise UnsupportedStepError("a constant with more axes than the value")
    shape = (1,) * (len(like.labels) - array.ndim) + array.shape
    if shape[like.labels.index("B")] != 1:
        raise UnsupportedStepError("a constant with one value for each observation")
    order = [axis + 1 for axis in like.matlab_order]
    code = f"{variable} = permute(reshape({step.code(property_)}, {row(shape)}), {row(order)});"
    return constant(variable, [code], shape)


def function_layer(name: str, item: Expression) -> CodeLayer:
    """The layer that applies a formula."""
    variables = _VARIABLES[: len(item.operands)]
    code = item.template.format(*variables)
    options = [f"'NumInputs', {number(len(variables))}"] if len(variables) > 1 else []
    arguments = (f"@({', '.join(variables)}) {code}", f"'Name', {text(name)}", *options)
    return CodeLayer(name, "functionLayer", arguments, tuple(value.layer for value in item.operands), item.setup)


def result(name: str, item: Expression) -> Operand:
    """The value of that layer."""
    first = item.operands[0]
    return Operand(name, first.labels, item.shape, first.flattened)


def is_value(item: Expression) -> bool:
    """Whether it is a finished value and no formula."""
    return item.template == "{0}"
