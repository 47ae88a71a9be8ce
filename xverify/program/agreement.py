"""Does the recorded program do what the user's untouched model does? Checked on the given inputs and on a second set.

torch.export records one path through the model. A branch on data, a random operation or a patched module would make the
program another network than the one that the user trained; every later comparison would then be against the wrong thing.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.utils import _pytree as pytree

from xverify.errors import XverifyError
from xverify.program.capture import Arguments
from xverify.program.execution import run_float32
from xverify.program.layers import Network

_HINT = (
    "Does forward() branch on its data, use random numbers, or run in another mode? Such a model is not one network. "
    "Export the branch that you deploy, or replace the branch by tensor operations."
)


class EagerOutput(NamedTuple):
    """One tensor that the model returns."""

    name: str
    value: Tensor


class Allowed(NamedTuple):
    """The largest error of one output: absolute, or relative to its largest value, whichever is larger.

    Absolute, because a sum whose terms cancel is far smaller than its rounding; relative, because other inputs may give
    outputs of another size.
    """

    absolute: float
    relative: float


def eager_outputs(model: nn.Module, inputs: Arguments) -> list[EagerOutput]:
    """The model's tensor outputs by name, run eagerly on a copy of the inputs.

    Names come from the structure: a dict's keys, otherwise 'output', 'output_1', ... in order.

    Raises:
        XverifyError: The model rejects the inputs, or returns something else than tensors.
    """
    given = inputs.clone()
    try:
        with torch.no_grad():
            result = model(*given.args, **given.kwargs)
    except Exception as error:  # whatever a user's forward raises
        shapes = ", ".join("x".join(map(str, tensor.shape)) for tensor in inputs.tensors)
        text = " ".join(f"{type(error).__name__}: {error}".split())[:400]
        raise XverifyError(
            f"The model rejects inputs of shape {shapes}: {text}", "Give the shape that it expects: --input NxCxHxW."
        ) from error
    leaves = [(path, leaf) for path, leaf in pytree.tree_leaves_with_path(result) if leaf is not None]
    tensors = [(path, leaf) for path, leaf in leaves if isinstance(leaf, Tensor)]
    if not tensors or len(tensors) < len(leaves):
        others = sorted({type(leaf).__name__ for _, leaf in leaves if not isinstance(leaf, Tensor)})
        raise XverifyError(
            f"The model returns {'also ' if tensors else ''}{', '.join(others) or 'nothing'}: only tensors can be compared.",
            "Return tensors, alone or in tuples, lists or dicts.",
        )
    return [EagerOutput(_name(path, index), leaf.detach().clone()) for index, (path, leaf) in enumerate(tensors)]


def _name(path: Sequence[Any], index: int) -> str:
    """'out' or 'boxes.0' inside dicts, by keys, fields and positions; 'output', 'output_1', ... for plain tensors and tuples."""
    if not any(hasattr(part, "key") or hasattr(part, "name") for part in path):
        return "output" if index == 0 else f"output_{index}"
    return ".".join(str(getattr(part, "key", getattr(part, "name", getattr(part, "idx", part)))) for part in path)


def second_inputs(inputs: Arguments, seed: int) -> Arguments:
    """Other inputs of the same shapes: noise of the same mean and spread; integers drawn from the given ones."""
    generator = torch.Generator().manual_seed(seed + 1)

    def other(value: Tensor) -> Tensor:
        if value.is_floating_point():
            spread = float(value.detach().std()) if value.numel() > 1 else 0.0
            return torch.randn(value.shape, generator=generator) * (spread or 1.0) + float(value.mean())
        flat = value.reshape(-1)
        return flat[torch.randperm(flat.numel(), generator=generator)].reshape(value.shape)

    return inputs.map(other)


def require_agreement(
    network: Network, model: nn.Module, inputs: Arguments, allowed: Sequence[Allowed], what: str
) -> None:
    """Refuses a program whose outputs differ from the eager model's.

    Args:
        network: The program.
        model: The untouched model, in eval mode.
        inputs: What both run on.
        allowed: For each output the largest error.
        what: How the message calls these inputs.

    Raises:
        XverifyError: Another number of outputs, another shape, or a larger difference.
    """
    eager = eager_outputs(model, inputs)
    recorded = run_float32(network, inputs)
    if len(eager) != len(recorded):
        raise XverifyError(f"The model returns {len(eager)} tensors, its exported program {len(recorded)}.", _HINT)
    for (name, expected), actual, most in zip(eager, recorded, allowed, strict=True):
        problem = _difference(actual, expected, most)
        if problem:
            raise XverifyError(
                f"On {what}, the exported program does not compute what the model computes: output '{name}' {problem}.",
                _HINT,
            )


def _difference(actual: Tensor, expected: Tensor, allowed: Allowed) -> str:
    if actual.shape != expected.shape:
        return f"has shape {tuple(actual.shape)} instead of {tuple(expected.shape)}"
    if not expected.is_floating_point():
        differing = int((actual != expected).sum())
        return f"differs in {differing} of {expected.numel()} elements" if differing else ""
    same = (actual == expected) | (actual.isnan() & expected.isnan())
    if bool(same.all()):
        return ""
    error = float((actual - expected)[~same].abs().max())
    finite = expected[expected.isfinite()]
    bound = max(allowed.absolute, allowed.relative * float(finite.abs().max()) if finite.numel() else 0.0)
    return "" if error <= bound else f"is off by {error:.3g} (allowed {bound:.3g})"
