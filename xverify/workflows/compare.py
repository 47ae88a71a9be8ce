"""`xverify compare`: a bundle against a runtime or a file of activations."""

from pathlib import Path

from xverify.bundle.bundle import Bundle, load_bundle
from xverify.comparison.compare import compare_bundle
from xverify.comparison.policy import Policy
from xverify.comparison.results import Comparison
from xverify.errors import XverifyError
from xverify.runtimes.runtime import Runtime

ONNXRUNTIME = "onnxruntime"


def compare(
    bundle: Bundle | str | Path, against: str | Path = ONNXRUNTIME, policy: Policy | None = None, *, threads: int = 0
) -> Comparison:
    """Compares every layer of a bundle with PyTorch's recorded values.

    Args:
        bundle: A bundle, or its folder.
        against: 'onnxruntime', or the path of a .mat file of activations.
        policy: Tolerances and permissions; the calibrated tolerance for every layer if None.
        threads: Threads of the runtime; 0 leaves the choice to it.

    Raises:
        XverifyError: The bundle is damaged, or the other side cannot be read or run.
    """
    opened = bundle if isinstance(bundle, Bundle) else load_bundle(bundle, verify=False)
    opened.verify_files()
    return compare_bundle(opened, choose_runtime(opened, against, threads), policy)


def choose_runtime(bundle: Bundle, against: str | Path, threads: int) -> Runtime:
    """The runtime that `against` names.

    Raises:
        XverifyError: Neither a known runtime nor an existing file.
    """
    if str(against) == ONNXRUNTIME:
        from xverify.runtimes.onnxruntime import OnnxRuntime

        return OnnxRuntime(threads)
    path = Path(against)
    if path.suffix.lower() == ".mat" or path.exists():
        from xverify.runtimes.recorded import RecordedActivations

        return RecordedActivations(path, bundle)
    raise XverifyError(f"'{against}' is neither a runtime nor a .mat file.", f"Known runtimes: {ONNXRUNTIME}.")
