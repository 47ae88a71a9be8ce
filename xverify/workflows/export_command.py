"""The stages of `xverify export` around the export itself: load the model, make its inputs, say what was done."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from xverify.bundle.bundle import Bundle
from xverify.bundle.folder import require_free
from xverify.bundle.manifest import Preprocessing
from xverify.comparison.results import Comparison
from xverify.compat.releases import release as known_release
from xverify.models.classes import read_classes
from xverify.models.inputs import make_inputs
from xverify.models.loading import load_model
from xverify.program.capture import Arguments
from xverify.report.check_report import score_text
from xverify.workflows.check import check
from xverify.workflows.export import export
from xverify.workflows.export_options import ExportOptions
from xverify.workflows.preprocessing import (
    NOTHING_SAID,
    Known,
    PreprocessingOptions,
    known_preprocessing,
    parse_preprocessing,
)

Say = Callable[[str], None]


@dataclass(frozen=True)
class ExportRequest:
    """What the command line asks for; see `xverify export --help`."""

    model: str
    output: Path
    weights: Path | None
    shapes: tuple[str, ...]
    data: Path | None
    classes: Path | None
    seed: int
    noise_runs: int
    float64: bool
    trust: bool
    release: str
    dynamic_batch: bool
    with_matlab: bool
    force: bool
    command: str
    preprocessing: PreprocessingOptions = NOTHING_SAID


@dataclass(frozen=True)
class ExportResult:
    """The bundle in place and its comparison with onnxruntime."""

    bundle: Bundle
    comparison: Comparison


def run_export(request: ExportRequest, say: Say) -> ExportResult:
    """Loads, exports, compares; tells each step.

    Raises:
        XverifyError: Whatever the user can mend.
    """
    require_free(request.output, force=request.force)
    known_release(request.release)  # an unknown one is refused before the work, not after it
    classes = read_classes(request.classes) if request.classes else ()
    loaded = load_model(request.model, weights=request.weights, trust=request.trust, seed=request.seed)
    inputs = make_inputs(loaded, request.shapes, request.data, request.seed)
    for note in (*loaded.notes, *inputs.notes):
        say(f"{loaded.name}: {note}")
    arguments = Arguments(inputs.args, inputs.kwargs)
    options = ExportOptions(
        name=loaded.name,
        source=loaded.source,
        weights=loaded.weights,
        classes=classes,
        seed=request.seed,
        noise_runs=request.noise_runs,
        float64=request.float64,
        release=request.release,
        dynamic_batch=request.dynamic_batch,
        with_matlab=request.with_matlab,
        force=request.force,
        command=request.command,
        preprocessing=_preprocessing(request, arguments, lambda note: say(f"{loaded.name}: {note}")),
    )
    bundle, comparison = export(loaded.model, arguments, request.output, options, lambda stage: say(f"{stage} ..."))
    for warning in bundle.manifest.warnings:
        say(f"WARNING {warning}")
    for note in bundle.manifest.noise.notes:
        say(f"NOTE {note}; tolerances rest on a rounding bound there")
    coverage = comparison.coverage
    say(
        f"{request.output}: {coverage.compared} of {coverage.total} layers of the written ONNX agree with PyTorch in {comparison.against}."
    )
    predicted = check(request.output, verify=False)
    say(f"MATLAB {predicted.release}: {score_text(predicted.prediction.score)} (predicted, not yet run in MATLAB).")
    say(f"Next: xverify compare {request.output}; xverify check {request.output}")
    return ExportResult(bundle, comparison)


def _preprocessing(request: ExportRequest, inputs: Arguments, say: Say) -> Preprocessing | None:
    """What the options say, over what is known of the network."""
    known = Known(None)
    if len(inputs.tensors) == 1:
        known = known_preprocessing(request.model, request.weights, tuple(inputs.tensors[0].shape))
    if not request.preprocessing.given:
        if known.note:
            say(known.note)
        return known.preprocessing
    return parse_preprocessing(request.preprocessing, known.preprocessing)
