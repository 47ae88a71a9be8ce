"""`xverify train --export`: the network of a run's best epoch as a bundle."""

from collections.abc import Callable
from pathlib import Path

import torch

from xverify.bundle.bundle import Bundle
from xverify.models.trained_runs import build_run
from xverify.program.capture import Arguments
from xverify.workflows.export import export
from xverify.workflows.export_options import ExportOptions
from xverify.workflows.preprocessing import known_preprocessing

Say = Callable[[str], None]


def export_run(folder: Path, bundle: Path, command: str, say: Say = lambda _: None) -> Bundle:
    """Exports the network in a run's folder with its class names, on two images of seeded noise of the run's size.

    Raises:
        XverifyError: The folder holds no finished epoch, the bundle exists, or the export failed.
    """
    run = build_run(folder)
    assert run.built.default_shape is not None, "a run knows the size of its images"
    inputs = torch.randn(run.built.default_shape, generator=torch.Generator().manual_seed(0))
    options = ExportOptions(
        name=run.built.name,
        source=str(folder),
        weights=run.built.weights,
        classes=run.classes,
        command=command,
        preprocessing=known_preprocessing(str(folder), None, tuple(inputs.shape)).preprocessing,
    )
    made, comparison = export(
        run.built.model.eval(), Arguments((inputs,), {}), bundle, options, lambda stage: say(f"{stage} ...")
    )
    for warning in made.manifest.warnings:
        say(f"WARNING {warning}")
    coverage = comparison.coverage
    say(f"{bundle}: {coverage.compared} of {coverage.total} layers agree with PyTorch in {comparison.against}.")
    return made
