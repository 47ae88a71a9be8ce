"""The Python API's front door: plain models and inputs to the export workflow."""

import dataclasses
from pathlib import Path
from typing import Any

from torch import Tensor, nn

from xverify.bundle.bundle import Bundle
from xverify.errors import XverifyError
from xverify.program.capture import Arguments
from xverify.workflows.export import export
from xverify.workflows.export_options import ExportOptions
from xverify.workflows.preprocessing import as_preprocessing


def export_model(model: nn.Module, inputs: Any, path: Path, **options: Any) -> Bundle:
    """See `xverify.export`."""
    if not isinstance(model, nn.Module):
        kind = f"class {model.__name__}" if isinstance(model, type) else type(model).__name__
        raise XverifyError(
            f"The model is no torch.nn.Module: it is a {kind}.",
            "Give the network itself, an object that is made: Net().",
        )
    known = {field.name for field in dataclasses.fields(ExportOptions)}
    if unknown := sorted(set(options) - known):
        raise TypeError(f"export() has no option {', '.join(unknown)}; known: {', '.join(sorted(known))}")
    options.setdefault("name", type(model).__name__)
    options.setdefault("source", f"{type(model).__module__}.{type(model).__qualname__}")
    if options.get("preprocessing") is not None:
        options["preprocessing"] = as_preprocessing(options["preprocessing"])
    return export(model, as_arguments(inputs), path, ExportOptions(**options))[0]


def as_arguments(inputs: Any) -> Arguments:
    """A tensor, a tuple of positional inputs, or a dict of keyword inputs.

    Raises:
        XverifyError: Anything else.
    """
    if isinstance(inputs, Arguments):
        return inputs
    if isinstance(inputs, Tensor):
        return Arguments((inputs,))
    if isinstance(inputs, dict):
        return Arguments((), inputs)
    if isinstance(inputs, (tuple, list)):
        return Arguments(tuple(inputs))
    raise XverifyError(
        f"inputs is a {type(inputs).__name__}.",
        "Give a tensor, a tuple of positional inputs, or a dict of keyword inputs.",
    )
