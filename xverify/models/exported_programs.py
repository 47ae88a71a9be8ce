"""`PROGRAM.pt2`: a program that torch.export saved."""

from pathlib import Path

import torch
from torch import nn
from torch.export import ExportedProgram
from torch.fx import Node

from xverify.errors import XverifyError
from xverify.models.source import Built
from xverify.models.weights_file import file_sha256

_TRAINING_ARGUMENTS = ("train", "training")


def build_exported(source: str, *, trust: bool) -> Built:
    """The module of a saved program.

    Raises:
        XverifyError: The file is not trusted, missing or damaged, or was exported in training mode.
    """
    path = Path(source)
    if not path.is_file():
        raise XverifyError(f"There is no file {path}.", "A .pt2 file is what torch.export.save wrote.")
    if not trust:
        raise XverifyError(
            f"{path} is refused: torch reads parts of a .pt2 file (example inputs, constants) with pickle, and a pickle can run any code.",
            "If you made this file or trust who did, add --trust. Otherwise ask for the model's code and a .safetensors file.",
        )
    program = _read(path)
    _require_eval_mode(program, path)
    return Built(
        _plain_module(program),
        path.stem,
        weights=f"inside {path.name} sha256 {file_sha256(path)}",
        example=program.example_inputs,
        notes=(f"{path.name} is trusted: torch read parts of it with pickle",),
    )


def _read(path: Path) -> ExportedProgram:
    try:
        return torch.export.load(path)
    except Exception as error:  # zip, JSON, pickle and schema errors alike
        text = " ".join(f"{type(error).__name__}: {error}".split())[:300]
        raise XverifyError(
            f"torch cannot read {path} as an exported program: {text}",
            "Save it again with this version of torch: torch.export.save(torch.export.export(model.eval(), inputs), path).",
        ) from error


def _require_eval_mode(program: ExportedProgram, path: Path) -> None:
    training = next((node for node in program.graph.nodes if _trains(node)), None)
    if training is not None:
        raise XverifyError(
            f"{path} was exported in training mode: its node {training.name} ({training.target}) trains, and a program cannot be switched.",
            "Call model.eval() before torch.export.export.",
        )


def _trains(node: Node) -> bool:
    if not isinstance(node.target, torch._ops.OpOverload):
        return False
    for index, argument in enumerate(node.target._schema.arguments):
        if argument.name in _TRAINING_ARGUMENTS:
            given = node.args[index] if index < len(node.args) else node.kwargs.get(argument.name)
            return given is True
    return False


def _plain_module(program: ExportedProgram) -> nn.Module:
    """The program as a module whose eval() works.

    torch shadows train() and eval() by functions that raise, because they cannot change a program. Nothing in this one
    depends on the mode, so the ordinary methods, which set a flag, are right.
    """
    module = program.module()
    for method in ("train", "eval"):
        if method in vars(module):
            delattr(module, method)
    return module
