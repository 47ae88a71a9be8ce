"""`xverify compare`: a bundle against runtimes, or files of activations."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from xverify.bundle.bundle import Bundle, load_bundle
from xverify.comparison.baseline import Baseline, judge
from xverify.comparison.compare import compare_bundle
from xverify.comparison.evidence import Evidence
from xverify.comparison.layer_detail import kept_detail
from xverify.comparison.policy import Policy
from xverify.comparison.results import Comparison, LayerDetail
from xverify.errors import XverifyError
from xverify.runtimes.engines import ENGINES
from xverify.runtimes.runtime import Runtime

ONNXRUNTIME = "onnxruntime"
RUNTIMES = (ONNXRUNTIME, *ENGINES)
"""What `against` may name beside a file."""


@dataclass(frozen=True)
class RunOptions:
    """How the other side runs.

    Attributes:
        threads: Threads of the runtime; 0 leaves the choice to it.
        timeout: Seconds until Octave or MATLAB is stopped; None for `matlab_language.TIMEOUT`.
        variable_map: A file that says which variable of a .mat file holds which layer.
    """

    threads: int = 0
    timeout: float | None = None
    variable_map: Path | None = None


def compare(
    bundle: Bundle | str | Path, against: str | Path = ONNXRUNTIME, policy: Policy | None = None, **options: Any
) -> Comparison:
    """Compares every layer of a bundle with PyTorch's recorded values.

    Args:
        bundle: A bundle, or its folder.
        against: 'onnxruntime', 'octave', 'matlab', or the path of a .mat file of activations.
        policy: Tolerances and permissions; the calibrated tolerance for every layer if None.
        **options: See `RunOptions`.

    Raises:
        XverifyError: The bundle is damaged, or the other side cannot be read or run.
    """
    return compare_all(bundle, [against], policy, RunOptions(**options))[0]


def compare_all(
    bundle: Bundle | str | Path,
    against: Sequence[str | Path],
    policy: Policy | None,
    options: RunOptions,
    command: str = "",
    baseline: Baseline | None = None,
) -> list[Comparison]:
    """Compares a bundle with several other sides, one after the other; its files are checked once. See `compare`.

    `command` is the command line that repeats this, for the reports. With a baseline each comparison says what is worse than
    there; that the baseline has one for each of them is checked before anything runs.
    """
    opened = bundle if isinstance(bundle, Bundle) else load_bundle(bundle, verify=False)
    opened.verify_files()
    runtimes = [choose_runtime(opened, name, options) for name in against]
    older = [baseline.matching(item.name, opened.manifest.model.name) for item in runtimes] if baseline else []
    found = [msgspec.structs.replace(_diagnosed(opened, runtime, policy), command=command) for runtime in runtimes]
    return [judge(*pair, baseline.name) for pair in zip(found, older, strict=True)] if baseline else found


def _diagnosed(bundle: Bundle, runtime: Runtime, policy: Policy | None) -> Comparison:
    evidence = Evidence()
    return with_causes(bundle, compare_bundle(bundle, runtime, policy, evidence), evidence)


def with_causes(bundle: Bundle, comparison: Comparison, evidence: Evidence) -> Comparison:
    """The comparison and, where it fails, causes and details of the faults. One that passes pays nothing for them."""
    if comparison.passed or not comparison.faults:
        return comparison
    from xverify.diagnosis.diagnose import MAX_FAULTS, diagnose

    problems: list[str] = []
    causes = diagnose(bundle, comparison, evidence, problems)
    return msgspec.structs.replace(
        comparison,
        causes=causes,
        details=tuple(_details(bundle, comparison.faults[:MAX_FAULTS], evidence)),
        notes=(*comparison.notes, *problems),
    )


def _details(bundle: Bundle, faults: Sequence[str], evidence: Evidence) -> Iterator[LayerDetail]:
    """Of each fault its errors alone, or where it did not run alone those in the whole run."""
    for name in faults:
        layer = bundle.layers[name]
        expected = bundle.reference(layer)
        detail = kept_detail(layer, evidence.alone, expected, alone=True)
        detail = detail or kept_detail(layer, evidence.whole, expected, alone=False)
        if detail is not None:
            yield detail


def choose_runtime(bundle: Bundle, against: str | Path, options: RunOptions) -> Runtime:
    """The runtime that `against` names.

    Raises:
        XverifyError: Neither a known runtime nor an existing file; or a map for a runtime that needs none.
    """
    name, path = str(against), Path(against)
    if name in RUNTIMES:
        if options.variable_map is not None:
            raise XverifyError(f"--map belongs to a .mat file; {name} needs none.", "Leave --map out.")
        return _runtime(bundle, name, options)
    if path.suffix.lower() == ".mat" or path.exists():
        return _recorded(bundle, path, options.variable_map)
    raise XverifyError(f"'{against}' is neither a runtime nor a .mat file.", f"Known runtimes: {', '.join(RUNTIMES)}.")


def _runtime(bundle: Bundle, name: str, options: RunOptions) -> Runtime:
    if name == ONNXRUNTIME:
        from xverify.runtimes.onnxruntime import OnnxRuntime

        return OnnxRuntime(options.threads)
    from xverify.runtimes.matlab_language import TIMEOUT, MatlabLanguageRuntime

    timeout = TIMEOUT if options.timeout is None else options.timeout
    return MatlabLanguageRuntime(ENGINES[name], bundle, threads=options.threads, timeout=timeout)


def _recorded(bundle: Bundle, path: Path, variable_map: Path | None) -> Runtime:
    from xverify.runtimes.recorded import RecordedActivations

    return RecordedActivations(path, bundle, variable_map)
