"""Compares a runtime's activations with the reference and gives the verdict.

A layer passes when its shape is equal, NaN and Inf stand at the same places, and its error is allowed: locally AND
accumulated, wherever the runtime has both. Whatever was not compared keeps the whole from passing, unless the user has
listed it with a reason.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from numpy.typing import NDArray

from xverify.bundle.bundle import Bundle
from xverify.comparison.drift import growth
from xverify.comparison.evidence import Evidence
from xverify.comparison.faults import find_faults, inherit
from xverify.comparison.parameters import check_interface, check_parameters
from xverify.comparison.policy import Policy
from xverify.comparison.results import Comparison, Coverage, LayerResult, ParameterFinding, Parameters, Status
from xverify.comparison.runs import measure_runs
from xverify.comparison.verdict import BY_ACCUMULATED_ALONE, BY_LOCAL_ALONE, Findings, judge, settle_aliases
from xverify.runtimes.runtime import Runtime
from xverify.version import VERSION

Array = NDArray[Any]


def compare_bundle(
    bundle: Bundle, runtime: Runtime, policy: Policy | None = None, evidence: Evidence | None = None
) -> Comparison:
    """The verdict on a bundle.

    Args:
        bundle: The bundle; the caller has verified its files.
        runtime: Where the other activations come from.
        policy: Tolerances and permissions; the calibrated tolerance for every layer if None.
        evidence: Takes the values of layers that fail, for a diagnosis.

    Raises:
        XverifyError: The runtime cannot run the bundle, or the policy names unknown layers.
    """
    policy = (policy or Policy()).resolved(bundle.manifest.layers)
    parameters = _parameters(bundle, runtime, policy)
    findings = measure_runs(bundle, runtime, policy, evidence or Evidence())
    results = settle_aliases(tuple(judge(layer, findings, policy) for layer in bundle.manifest.layers))
    faults = find_faults(bundle, results, has_local=findings.has_local, without_local=findings.without_local)
    results = inherit(bundle, results, faults)
    interface = check_interface(bundle) if runtime.reads_model else ()
    problems = [*_parameter_problems(parameters), *interface, *findings.problems]
    compared = sum(result.status is not Status.NOT_COMPARED for result in results)
    accepted = all(result.status is Status.PASSED or result.permitted for result in results)
    return Comparison(
        passed=accepted and not problems and bool(results),
        bundle=bundle.path.name or str(bundle.path),
        bundle_id=bundle.manifest.bundle_id,
        model=bundle.manifest.model.name,
        against=runtime.name,
        coverage=Coverage(compared, len(results)),
        parameters=parameters,
        first_fault=next((r.id for r in results if not r.alias_of and _fails_alone(r, findings)), None),
        layers=results,
        faults=faults,
        notes=(*runtime.notes, *findings.notes, *_notes(bundle, results, policy), *_drift(bundle, results, faults)),
        problems=tuple(problems),
        environment=runtime.environment | _origin(bundle),
        on_own_inputs=findings.on_own_inputs,
        date=datetime.now(UTC).isoformat(timespec="seconds"),
    )


def _fails_alone(result: LayerResult, findings: Findings) -> bool:
    if result.local is not None:
        return not result.local.passed
    return findings.has_local and result.id in findings.refused and result.id not in findings.without_local


def _parameters(bundle: Bundle, runtime: Runtime, policy: Policy) -> Parameters:
    if not runtime.reads_model:
        return Parameters(0, (), f"{runtime.name} did not read model.onnx")
    if not policy.check_parameters:
        return Parameters(0, (), "switched off")
    return check_parameters(bundle)


def _parameter_problems(parameters: Parameters) -> Iterator[str]:
    if parameters.changed:
        counts = f"{len(parameters.changed)} of {parameters.checked}"
        yield f"{counts} parameters of model.onnx are not PyTorch's, first {_named(parameters.changed[0])}"


def _named(finding: ParameterFinding) -> str:
    return f"'{finding.parameters[0] if finding.parameters else finding.initializer}' ({finding.problem})"


def _origin(bundle: Bundle) -> dict[str, str]:
    """Where the reference comes from: a number is worth little without it."""
    made = bundle.manifest.environment
    return {
        "xverify": VERSION,
        "reference": f"torch {made.torch}, {made.cpu} ({made.cpu_capability}), threads {made.torch_threads}, {made.date}",
    }


def _drift(bundle: Bundle, results: tuple[LayerResult, ...], faults: tuple[str, ...]) -> Iterator[str]:
    steps = () if faults else growth(bundle, results)
    if steps:
        grown = ", ".join(f"'{name}' {ratio:.2g}x" for name, ratio in steps)
        yield f"no layer is wrong by itself; the error grows on the way, as a share of what is allowed: {grown}"


def _notes(bundle: Bundle, results: tuple[LayerResult, ...], policy: Policy) -> Iterator[str]:
    yield from bundle.manifest.warnings
    ill = [result.id for result in results if result.reason == BY_LOCAL_ALONE]
    if ill:
        yield f"{_judged(ill)} local error alone (ill-conditioned), first '{ill[0]}'"
    whole = [result.id for result in results if result.reason.startswith(BY_ACCUMULATED_ALONE)]
    if whole:
        yield f"{_judged(whole)} accumulated error alone (no run of the layer alone), first '{whole[0]}'"
    for layer, result in zip(bundle.manifest.layers, results, strict=True):
        if policy.permission(layer) and not result.permitted:
            yield f"'{result.id}' was compared: its permission did nothing and can go"


def _judged(names: Sequence[str]) -> str:
    return "1 layer is judged by its" if len(names) == 1 else f"{len(names)} layers are judged by their"
