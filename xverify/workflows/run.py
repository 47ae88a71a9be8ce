"""`xverify run`: a bundle's network in a runtime, every layer's output to a .mat file."""

import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from xverify.bundle.bundle import Bundle, as_stored, load_bundle
from xverify.bundle.matfile import MatWriter
from xverify.bundle.reference import INFO, info
from xverify.errors import XverifyError
from xverify.runtimes.recorded_sources import LOCAL
from xverify.workflows.compare import RUNTIMES, RunOptions, choose_runtime

DEFAULTS = RunOptions()


def run(
    bundle: Bundle | str | Path, on: str, output: Path, options: RunOptions = DEFAULTS, *, local: bool = False
) -> int:
    """Runs a bundle on its recorded inputs and writes activations.mat.

    Args:
        bundle: A bundle, or its folder.
        on: A key of `RUNTIMES`.
        output: The file; an existing one is replaced whole or not at all.
        options: How it runs.
        local: Also run each layer alone, on PyTorch's inputs, and store its value beside the other.

    Returns:
        The number of layers that were written.

    Raises:
        XverifyError: The bundle is damaged, the runtime cannot run it, or the file cannot be written.
    """
    if on not in RUNTIMES:
        raise XverifyError(f"'{on}' is no runtime.", f"Known runtimes: {', '.join(RUNTIMES)}.")
    opened = bundle if isinstance(bundle, Bundle) else load_bundle(bundle)
    _require_writable(output)
    runtime = choose_runtime(opened, on, options)
    alone = runtime.local(opened, _references(opened)) if local else None
    own = {f"{LOCAL}{item.layer}": item.value for item in alone or ()}
    values = {item.layer: item.value for item in runtime.accumulated(opened) or ()}
    _write(opened, values | own, output, runtime.name)
    return len(values)


def _references(bundle: Bundle) -> dict[str, NDArray[Any]]:
    return {layer.id: bundle.reference(layer) for layer in bundle.manifest.layers if not layer.alias_of}


def _require_writable(output: Path) -> None:
    """Before anything runs: a network may take minutes."""
    if output.is_dir():
        raise XverifyError(f"{output} is a folder.", "Give -o a file name: activations.mat.")
    if not output.resolve().parent.is_dir():
        raise XverifyError(f"The folder of {output} does not exist.", "Create it, or write elsewhere.")


def _write(bundle: Bundle, values: Mapping[str, NDArray[Any]], output: Path, producer: str) -> None:
    """One variable a layer, in MATLAB's axis order, and the label that `compare` checks."""
    target = output.resolve()
    partial = target.with_name(f".xverify-{uuid.uuid4().hex}.partial")
    try:
        with MatWriter(partial) as writer:
            for name, value in values.items():
                layer = bundle.layers[name.removeprefix(LOCAL)]
                writer.write_array(name, as_stored(value, layer.array.permutation))
            stored = {name: bundle.layers[name].array for name in values if name in bundle.layers}
            writer.write(INFO, info(producer, bundle.manifest.bundle_id, stored))
        partial.replace(target)
    except OSError as error:
        raise XverifyError(f"{output} cannot be written: {error.strerror}.", "Write elsewhere: `-o FILE`.") from error
    finally:
        partial.unlink(missing_ok=True)
