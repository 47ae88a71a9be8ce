"""From a live model to the exported program and the raw ONNX model that belongs to it.

Both come from one call of torch.onnx.export, because only then do the program's node names equal the ONNX value names:
a fresh torch.export.export gives another decomposition with other names.
"""

import contextlib
import copy
import io
import logging
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import onnx_ir as ir
import torch
from torch import Tensor, nn
from torch.export import ExportedProgram
from torch.nn.parameter import UninitializedParameter
from torch.utils import _pytree as pytree

from xverify.errors import XverifyError

_USUAL_HELP = (
    "What usually helps: give inputs of the right shape and dtype (`--input`, `--inputs`); replace data-dependent Python "
    "control flow (if x.sum() > 0, .item(), .tolist()) by tensor operations; check with torch.export.export(model, inputs)."
)


@dataclass(frozen=True)
class Arguments:
    """Example inputs of a model: positional and keyword arguments, tensors in any nesting of tuples, lists and dicts."""

    args: tuple[Any, ...]
    kwargs: Mapping[str, Any] = field(default_factory=dict)

    def clone(self) -> "Arguments":
        """A deep copy: models may overwrite their inputs in place."""
        return self.map(lambda value: value.detach().clone())

    def map(self, function: Any) -> "Arguments":
        """The same structure with `function` applied to each tensor."""
        args, kwargs = pytree.tree_map_only(Tensor, function, (self.args, dict(self.kwargs)))
        return Arguments(args, kwargs)

    @property
    def tensors(self) -> list[Tensor]:
        """Every tensor, in flattening order."""
        return [leaf for leaf in pytree.tree_leaves((self.args, dict(self.kwargs))) if isinstance(leaf, Tensor)]


@dataclass(frozen=True)
class Captured:
    """An exported program, its raw ONNX model, and the model's outputs by name."""

    program: ExportedProgram
    onnx_model: ir.Model


def prepare(model: nn.Module) -> nn.Module:
    """The model as it is verified: a copy in eval mode on the CPU, float32 only, without NaN.

    The caller's model is left as it is.

    Raises:
        XverifyError: Parameters of another floating type, or NaN or Inf in the weights.
    """
    lazy = [name for name, item in model.named_parameters() if isinstance(item, UninitializedParameter)]
    if lazy:
        raise XverifyError(f"{lazy[0]} has no shape yet (a lazy module).", "Run the model once on an input first.")
    ready = _evaluating(_copy(model).cpu()).requires_grad_(requires_grad=False)
    for name, tensor in [*ready.named_parameters(), *ready.named_buffers()]:
        if tensor.is_complex() or (tensor.is_floating_point() and tensor.dtype != torch.float32):
            raise XverifyError(
                f"{name} is {str(tensor.dtype).removeprefix('torch.')}; xverify verifies float32 networks.",
                "Convert the model first: model.float().",
            )
        if tensor.is_floating_point() and not bool(torch.isfinite(tensor).all()):
            raise XverifyError(
                f"{name} holds NaN or Inf.", "Such weights cannot be verified: check the training run or the file."
            )
    return ready


def _copy(model: nn.Module) -> nn.Module:
    try:
        return copy.deepcopy(model)
    except Exception as error:  # whatever the model's parts raise
        raise XverifyError(
            f"The model cannot be copied: {_shortened(error)}", "Build it again, without tensors that carry gradients."
        ) from error


def _evaluating(model: nn.Module) -> nn.Module:
    try:
        return model.eval()
    except NotImplementedError:  # a saved torch.export program: its mode was fixed when it was exported
        return model


def capture(model: nn.Module, inputs: Arguments) -> Captured:
    """Exports a prepared model.

    Args:
        model: What `prepare` returned.
        inputs: Example inputs; their shapes become static.

    Raises:
        XverifyError: torch.export or torch.onnx refuses the model: its own message, shortened, and what usually helps.
    """
    given = inputs.clone()
    try:
        with _quiet():
            exported = torch.onnx.export(
                model,
                # It takes a dict that stands last for the keyword arguments, unless an empty one follows it.
                given.args if given.kwargs else (*given.args, {}),
                kwargs=dict(given.kwargs),
                dynamo=True,
                optimize=False,
                verbose=False,
                external_data=True,
            )
    except Exception as error:  # torch.export raises whatever the model raises
        if isinstance(_root(error), KeyboardInterrupt):  # the exporter wraps this one, too
            raise KeyboardInterrupt from error
        raise XverifyError(f"torch cannot export this model: {_shortened(error)}", _USUAL_HELP) from error
    assert exported is not None
    program = exported.exported_program
    assert program is not None
    _refuse_control_flow(program)
    _refuse_projection(program)
    return Captured(program, exported.model)


def _refuse_control_flow(program: ExportedProgram) -> None:
    for node in program.graph.nodes:
        if node.op == "call_function" and isinstance(node.target, torch._ops.HigherOrderOperator):
            raise XverifyError(
                f"The model uses {node.target}: control flow inside the exported program is not supported.",
                "Export one branch, or replace it by torch.where.",
            )


def _refuse_projection(program: ExportedProgram) -> None:
    """nn.LSTM(proj_size=...): h is smaller than c. ONNX's LSTM has no such thing, and torch's exporter writes one all the same."""
    for node in program.graph.nodes:
        if node.op == "call_function" and node.target is torch.ops.aten.lstm.input:
            hidden, state = (item.meta["val"].shape[-1] for item in node.args[1])
            if hidden != state:
                raise XverifyError(
                    f"The model has an LSTM with a projection (proj_size={hidden}): ONNX's LSTM has none, and torch's exporter writes "
                    "one that cannot run.",
                    f"Without one the same is computed, from a state of zeros, by nn.LSTM with hidden_size={state} and "
                    f"weight_hh @ weight_hr as weight_hh, and behind each layer nn.Linear({state}, {hidden}, bias=False) with weight_hr.",
                )


def _shortened(error: BaseException) -> str:
    """The first telling lines of torch's message: the cause of a chain says more than its wrapper."""
    root = _root(error)
    lines = [line.strip() for line in f"{type(root).__name__}: {root}".splitlines() if line.strip()]
    text = " ".join(lines[:4])
    return text if len(text) <= 500 else text[:500] + " ..."


def _root(error: BaseException) -> BaseException:
    while (deeper := error.__cause__ or error.__context__) is not None:
        error = deeper
    return error


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Without the exporter's progress lines and warnings, which speak to authors of exporters."""
    logger = logging.getLogger("torch")
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        with (
            warnings.catch_warnings(),
            contextlib.redirect_stdout(io.StringIO()),
            contextlib.redirect_stderr(io.StringIO()),
        ):
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)
