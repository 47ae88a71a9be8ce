"""`pkg.mod:factory` and `path/to/file.py:factory`: networks that the user's own code makes."""

import copy
import inspect
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import torch
from torch import nn
from torch.utils import _pytree as pytree

from xverify.errors import XverifyError
from xverify.models.source import Built, Example
from xverify.models.user_code import import_file, import_module, importable, user_faults

_RETURNS = "A factory returns a torch.nn.Module, or (model, example_inputs)."


def build_from_factory(source: str) -> Built:
    """The network that `source` makes, with the weights that it gives it.

    `source` names a function or class that needs no arguments, or a torch.nn.Module (which is copied). The folder of the
    file, or the current one, is importable meanwhile.

    Raises:
        XverifyError: The code cannot be found, raises, needs arguments, or returns something else.
    """
    where, _, name = source.rpartition(":")
    is_file = where.endswith(".py")
    with importable(Path(where).parent if is_file else Path.cwd()):
        module = import_file(Path(where)) if is_file else import_module(where)
        result = _made(_attribute(module, name, where), source)
    model, example = _model_and_example(result, source)
    return Built(model, name, weights="as the factory made them", example=example)


def _attribute(module: ModuleType, name: str, where: str) -> Any:
    if hasattr(module, name):
        return getattr(module, name)
    known = [key for key, value in vars(module).items() if not key.startswith("_") and _is_candidate(value, module)]
    hint = f"It has: {', '.join(known)}." if known else "It defines no function, class or network at all."
    raise XverifyError(f"{where} has no '{name}'.", hint)


def _is_candidate(value: Any, module: ModuleType) -> bool:
    """A network, or a callable of this module's own package: imported names would drown the few that matter."""
    package = module.__name__.partition(".")[0]
    return isinstance(value, nn.Module) or (callable(value) and str(value.__module__).partition(".")[0] == package)


def _made(factory: Any, source: str) -> Any:
    if isinstance(factory, nn.Module):
        return copy.deepcopy(factory)
    if not callable(factory):
        raise XverifyError(f"{source} is a {type(factory).__name__}, not a function, a class or a network.", _RETURNS)
    _require_no_arguments(factory, source)
    with user_faults(f"Calling {source}"):
        return factory()


def _require_no_arguments(factory: Any, source: str) -> None:
    try:
        parameters = inspect.signature(factory).parameters.values()
    except (TypeError, ValueError):  # some built-in callables have no signature
        return
    variadic = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    needed = [p.name for p in parameters if p.default is p.empty and p.kind not in variadic]
    if needed:
        raise XverifyError(
            f"{source} needs arguments: {', '.join(needed)}.",
            "xverify calls a factory without arguments: write a function that calls it with yours.",
        )


def _model_and_example(result: Any, source: str) -> tuple[nn.Module, Example | None]:
    if isinstance(result, nn.Module):
        return result, None
    if isinstance(result, tuple) and len(result) == 2 and isinstance(result[0], nn.Module):
        return result[0], _example(result[1], result[0], source)
    made = f"a tuple of {len(result)}" if isinstance(result, tuple) else f"a {type(result).__name__}"
    raise XverifyError(f"{source} returns {made}, not a network.", _RETURNS)


def _example(given: Any, model: nn.Module, source: str) -> Example:
    """The first reading of `given` that forward() accepts; where none fits, the first, for the error that names both."""
    if not any(isinstance(leaf, torch.Tensor) for leaf in pytree.tree_leaves(given)):
        raise XverifyError(
            f"The example inputs of {source} hold no tensor.", "Return (model, tensor) or (model, (tensor, ...))."
        )
    readings = list(_readings(given))
    return next((reading for reading in readings if _accepts(model, *reading)), readings[0])


def _readings(given: Any) -> Iterator[Example]:
    """A dict of keyword arguments, `(positional, keyword)`, a tuple of positional arguments, or the only argument."""
    if _is_keywords(given):
        yield (), given
    if isinstance(given, tuple) and len(given) == 2 and isinstance(given[0], tuple) and _is_keywords(given[1]):
        yield given
    if isinstance(given, tuple):
        yield given, {}
    yield (given,), {}


def _is_keywords(value: Any) -> bool:
    return isinstance(value, dict) and all(isinstance(key, str) for key in value)


def _accepts(model: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
    try:
        inspect.signature(model.forward).bind(*args, **kwargs)
    except TypeError:
        return False
    return True
