"""Elementwise formulas: what ONNX writes as several steps (hardswish is four) becomes one functionLayer that shows its formula."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from xverify.matlab_code.value import Operand, Shape

SUM, PRODUCT, ATOM = 1, 2, 3
"""How tightly a formula's outermost operation binds."""


@dataclass(frozen=True)
class Expression:
    """A formula of finished values.

    Attributes:
        template: MATLAB code in which '{0}' stands for the first operand.
        binding: Of its outermost operation.
        operands: The values.
        shape: PyTorch's shape of the result.
        setup: Statements that make the arrays that it uses.
    """

    template: str
    binding: int
    operands: tuple[Operand, ...]
    shape: Shape
    setup: tuple[str, ...] = ()

    def bracketed(self, least: int) -> str:
        """Its code where an operation that binds as `least` reads it."""
        return self.template if self.binding >= least else f"({self.template})"


def of(value: Operand) -> Expression:
    """A value alone."""
    return Expression("{0}", ATOM, (value,), value.shape)


def constant(code: str, setup: Sequence[str] = (), shape: Shape = ()) -> Expression:
    """A number, or an array that a statement made."""
    binding = SUM if code.startswith("-") else ATOM
    return Expression(code, binding, (), shape, tuple(setup))


def function(name: str, argument: Expression, *numbers: str) -> Expression:
    """A call: 'max(X, 0)'."""
    return replace(argument, template=f"{name}({', '.join([argument.template, *numbers])})", binding=ATOM)


def combined(operator: str, binding: int, left: Expression, right: Expression, shape: Shape) -> Expression:
    """Two formulas joined by an operator: 'X + 3'."""
    moved, operands = _together(left, right)
    code = f"{left.bracketed(binding)} {operator} {moved.bracketed(binding + 1)}"
    return Expression(code, binding, operands, shape, (*left.setup, *right.setup))


def paired(name: str, left: Expression, right: Expression, shape: Shape) -> Expression:
    """A call with two formulas: 'max(X, Y)'."""
    moved, operands = _together(left, right)
    return Expression(f"{name}({left.template}, {moved.template})", ATOM, operands, shape, (*left.setup, *right.setup))


def _together(left: Expression, right: Expression) -> tuple[Expression, tuple[Operand, ...]]:
    """`right` with its places counted among the operands of both; both may read the same value."""
    operands = list(left.operands)
    operands += [operand for operand in right.operands if operand not in operands]
    places = [f"{{{operands.index(operand)}}}" for operand in right.operands]
    return replace(right, template=right.template.format(*places)), tuple(operands)
