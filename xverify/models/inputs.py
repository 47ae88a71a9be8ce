"""The inputs that a network is verified on: the user's data or shapes, the factory's own, or noise of the usual shape."""

import inspect
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils import _pytree as pytree

from xverify.errors import XverifyError
from xverify.models.input_files import read_inputs
from xverify.models.input_specs import InputSpec, parse_input
from xverify.models.loading import LoadedModel


@dataclass(frozen=True)
class Inputs:
    """Arguments of forward(), and what to tell the user about them."""

    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    notes: tuple[str, ...]


def make_inputs(loaded: LoadedModel, shapes: Sequence[str], data: Path | None, seed: int) -> Inputs:
    """The inputs that the user asks for; else those that came with the model; else noise of the model's usual shape.

    Noise is normal with mean 0 and deviation 1; integers are uniform from 0 up to their bound, booleans fair.

    Args:
        loaded: The model; its forward() must have the inputs.
        shapes: `[NAME=]SHAPE[:DTYPE[<BOUND]]`; those without a name are positional, in order.
        data: A .npy file (the only input) or a .npz file (forward()'s names; arr_0, arr_1, ... are positional).
        seed: Of the noise.

    Raises:
        XverifyError: Unreadable shapes or data, no shape known, or inputs that forward() does not have.
    """
    if shapes and data:
        raise XverifyError("--input and --inputs exclude each other.", "The arrays of a file have their own shapes.")
    if data:
        args, kwargs, notes = read_inputs(data)
        inputs = Inputs(args, kwargs, (f"inputs are those in {data.name}", *notes))
    elif shapes:
        inputs = _noise([parse_input(text) for text in shapes], seed)
    elif loaded.example:
        args, kwargs = pytree.tree_map_only(Tensor, Tensor.clone, loaded.example)
        inputs = Inputs(args, kwargs, ("inputs are those that came with the model",))
    else:
        inputs = _noise([InputSpec("", _default_shape(loaded), torch.float32)], seed)
    _require_fit(loaded.model, inputs)
    return inputs


def _default_shape(loaded: LoadedModel) -> tuple[int, ...]:
    if loaded.default_shape:
        return loaded.default_shape
    raise XverifyError(
        f"The shape of the input of {loaded.source} is not known; its {_described(loaded.model)}.",
        "Give --input SHAPE (2x3x32x32; name=SHAPE for several), or --inputs FILE.npz, or return (model, example_inputs).",
    )


def _noise(specs: Sequence[InputSpec], seed: int) -> Inputs:
    named = [spec.name for spec in specs if spec.name]
    if len(named) > len(set(named)):
        raise XverifyError(f"--input names an input twice: {', '.join(named)}.", "Each input has one shape.")
    generator = torch.Generator().manual_seed(seed % 2**63)
    tensors = [_draw(spec, generator) for spec in specs]
    args = tuple(tensor for spec, tensor in zip(specs, tensors, strict=True) if not spec.name)
    kwargs = {spec.name: tensor for spec, tensor in zip(specs, tensors, strict=True) if spec.name}
    return Inputs(args, kwargs, (f"inputs are noise (seed {seed}): {', '.join(map(str, specs))}",))


def _draw(spec: InputSpec, generator: torch.Generator) -> Tensor:
    if spec.dtype == torch.float32:
        return torch.randn(spec.shape, generator=generator)
    below = 2 if spec.dtype == torch.bool else spec.below
    return torch.randint(below, spec.shape, generator=generator).to(spec.dtype)


def _require_fit(model: nn.Module, inputs: Inputs) -> None:
    signature = inspect.signature(model.forward)
    try:
        signature.bind_partial(
            *inputs.args, **inputs.kwargs
        )  # first: an unknown name says more than what it leaves missing
        signature.bind(*inputs.args, **inputs.kwargs)
    except TypeError as error:
        raise XverifyError(
            f"The inputs do not fit the model's {_described(model)}: {error}.",
            "Inputs without a name are positional, in order; the others go by forward()'s names: --input name=SHAPE.",
        ) from error


def _described(model: nn.Module) -> str:
    """`forward(images, mask=None)`."""
    signature = inspect.signature(model.forward)
    bare = [parameter.replace(annotation=parameter.empty) for parameter in signature.parameters.values()]
    return f"forward{signature.replace(parameters=bare, return_annotation=signature.empty)}"
