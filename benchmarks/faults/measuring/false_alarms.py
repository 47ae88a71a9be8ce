"""Correct networks: every layer that fails is a false alarm."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from measuring.rules import Watched
from xverify.bundle.bundle import Bundle, load_bundle
from xverify.comparison.compare import compare_bundle
from xverify.comparison.policy import Policy
from xverify.comparison.results import LayerResult, Status
from xverify.errors import XverifyError
from xverify.runtimes.engines import OCTAVE
from xverify.runtimes.matlab_language import MatlabLanguageRuntime
from xverify.runtimes.onnxruntime import OnnxRuntime
from xverify.runtimes.recorded import RecordedActivations
from xverify.runtimes.runtime import Runtime
from xverify.workflows.compare import RunOptions
from xverify.workflows.run import run


def _octaves_file(bundle: Bundle) -> RecordedActivations:
    """A file of one whole run, as it comes from MATLAB: its layers are looked at on the file's own inputs."""
    file = bundle.path.parent / "octave.mat"
    run(bundle, "octave", file, RunOptions(threads=1))
    return RecordedActivations(file, bundle)


VARIANTS: Mapping[str, Callable[[Bundle], Runtime]] = {
    "onnxruntime, 1 thread": lambda _: OnnxRuntime(threads=1),
    "onnxruntime, 2 threads": lambda _: OnnxRuntime(threads=2),
    "Octave": lambda bundle: MatlabLanguageRuntime(OCTAVE, bundle, threads=1),
    "Octave's file": _octaves_file,
    "another CPU's reference": lambda _: OnnxRuntime(threads=1),
}
"""Each onnxruntime run includes one with all optimisations and one without."""

OTHER_CPU = "another CPU's reference"
PLAIN_KERNELS = {"ATEN_CPU_CAPABILITY": "default", "ONEDNN_MAX_CPU_ISA": "SSE41"}
"""PyTorch's and oneDNN's kernels for a processor without AVX: they round differently."""

REFUSED = 2
"""The exporter's exit status where xverify refuses a network; the reason is its last line."""

_EXPORTER = Path(__file__).parents[1] / "export_elsewhere.py"


@dataclass(frozen=True)
class Check:
    """One correct network against one runtime."""

    network: str
    variant: str
    seed: int

    @property
    def key(self) -> str:
        """The same for the same check."""
        return "|".join((self.network, str(self.seed), self.variant))


def checks(networks: Sequence[str], variants: Sequence[str], seeds: Sequence[int]) -> Iterator[Check]:
    """All checks, seed by seed, so that a run that is stopped has seen every network.

    Args:
        networks: Names.
        variants: Of `VARIANTS`.
        seeds: Of weights and inputs.
    """
    for seed in seeds:
        for network in networks:
            yield from (Check(network, item, seed) for item in variants)


def exported_elsewhere(network: str, seed: int, folder: Path) -> Bundle:
    """The bundle as a machine without AVX would export it.

    Raises:
        XverifyError: xverify refuses the network, as it would here.
    """
    command = [sys.executable, str(_EXPORTER), network, str(seed), str(folder)]
    done = subprocess.run(command, check=False, env={**os.environ, **PLAIN_KERNELS}, capture_output=True, text=True)
    if done.returncode == REFUSED:
        raise XverifyError(done.stderr.splitlines()[-1])
    if done.returncode:
        raise RuntimeError(done.stderr[-500:])
    return load_bundle(folder)


def check(item: Check, bundle: Bundle) -> dict[str, Any]:
    """The check's record: how many layers were compared, which failed, and how near the worst came."""
    start = time.perf_counter()
    runtime = Watched(VARIANTS[item.variant](bundle))
    comparison = compare_bundle(bundle, runtime, Policy(check_parameters=False))
    return {
        "key": item.key,
        **vars(item),
        "layers": len(comparison.layers),
        "compared": comparison.coverage.compared,
        "failed": [layer.id for layer in comparison.layers if layer.status is Status.FAILED],
        "not_compared": [layer.id for layer in comparison.layers if layer.status is Status.NOT_COMPARED],
        "problems": list(comparison.problems),
        "ratios": {layer.id: _ratios(layer, bundle) for layer in comparison.layers if not layer.alias_of},
        "worst_local": _worst(comparison.layers, "local"),
        "worst_accumulated": _worst(comparison.layers, "accumulated"),
        "cpu": bundle.manifest.environment.cpu_capability,
        "against": comparison.against,
        "rules": runtime.flagged.as_record(),
        "seconds": time.perf_counter() - start,
    }


def _ratios(layer: LayerResult, bundle: Bundle) -> list[float | None]:
    """A layer's error over its tolerance: alone, and the larger of the whole runs without and with optimisations.

    None where there is no such error, or where it does not count, because the layer is ill-conditioned.
    """
    ill = bundle.layers[layer.id].tolerance.accumulated_ill_conditioned
    whole = [item.ratio for item in (layer.accumulated, layer.optimised) if item is not None and not ill]
    ratios = (None if layer.local is None else layer.local.ratio, max(whole, default=None))
    return [None if ratio is None else float(f"{ratio:.4g}") for ratio in ratios]


def _worst(layers: tuple[LayerResult, ...], kind: str) -> dict[str, Any]:
    """The largest ratio of error to tolerance, and where."""
    measures = [(getattr(layer, kind), layer.id) for layer in layers]
    ratios = [(measure.ratio, name) for measure, name in measures if measure is not None]
    ratio, name = max(ratios, default=(0.0, ""))
    return {"ratio": ratio, "layer": name}
