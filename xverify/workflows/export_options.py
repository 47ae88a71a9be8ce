"""What an export is told besides the model and its inputs."""

from collections.abc import Sequence
from dataclasses import dataclass

from xverify.bundle.manifest import Preprocessing


@dataclass(frozen=True)
class ExportOptions:
    """What an export is told besides the model and its inputs.

    Attributes:
        name: What the model is called.
        source: How it was named on the command line, or its class.
        weights: Where its weights come from, in words.
        classes: Names of its classes, if it is a classifier.
        seed: Of the jitter and of the second set of inputs.
        noise_runs: float32 runs on jittered inputs; fewer than 4 give false alarms on small networks.
        float64: Whether truth is computed in float64; without, tolerances rest on a rounding bound.
        release: The MATLAB release that model.onnx is made for (xverify/compat/releases.toml).
        dynamic_batch: Whether model.onnx takes any number of inputs at once; the bundle's values have the example's.
        with_matlab: Whether the MATLAB code is copied into the bundle, for a machine without xverify.
        force: Replace an existing bundle.
        command: The command line, for the record.
        preprocessing: From an image to the network's input, for data sets: a `Preprocessing` or a dict with its fields; None where it is
            not known, or the input is no image.
        warnings: What the caller has to say about the model (seeded weights, ...).
    """

    name: str = "model"
    source: str = ""
    weights: str = "as given"
    classes: Sequence[str] = ()
    seed: int = 0
    noise_runs: int = 4
    float64: bool = True
    release: str = "R2024b"
    dynamic_batch: bool = False
    with_matlab: bool = False
    force: bool = False
    command: str = "Python API"
    warnings: Sequence[str] = ()
    preprocessing: Preprocessing | None = None
