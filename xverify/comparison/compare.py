"""Compares a runtime's activations with the reference and gives the verdict.

A layer passes when its shape is equal, NaN and Inf stand at the same places, and its error is allowed: locally AND
accumulated, wherever the runtime has both. Whatever was not compared keeps the whole from passing, unless the user has
listed it with a reason.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from xverify.bundle.bundle import Bundle
from xverify.bundle.manifest import Layer
from xverify.comparison.drift import growth
from xverify.comparison.evidence import Evidence
from xverify.comparison.faults import find_faults, inherit
from xverify.comparison.measure import incomparable, measure
from xverify.comparison.parameters import check_interface, check_parameters
from xverify.comparison.policy import Policy
from xverify.comparison.results import Comparison, Coverage, LayerResult, Measure, ParameterFinding, Parameters, Status
from xverify.comparison.verdict import BY_ACCUMULATED_ALONE, BY_LOCAL_ALONE, Findings, judge, settle_aliases
from xverify.runtimes.runtime import Activation, PartlyLocal, Runtime
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
    findings = _measure_all(bundle, runtime, policy, evidence or Evidence())
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
        notes=(*runtime.notes, *_notes(bundle, results, policy), *_drift(bundle, results, faults)),
        problems=tuple(problems),
        environment=runtime.environment | _origin(bundle),
        date=datetime.now(UTC).isoformat(timespec="seconds"),
    )


def _fails_alone(result: LayerResult, findings: Findings) -> bool:
    if result.local is not None:
        return not result.local.passed
    return findings.has_local and result.id in findings.refused and result.id not in findings.without_local


def _stored_as(layer: Layer) -> str:
    """How MATLAB stores the layer: swapped axes are the usual reason for another shape."""
    stored = "x".join(str(layer.shape[axis]) for axis in layer.array.permutation)
    return f" (stored in MATLAB as {layer.array.matlab_dims}: {stored})" if layer.array.matlab_dims else ""


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


def _measure_all(bundle: Bundle, runtime: Runtime, policy: Policy, evidence: Evidence) -> Findings:
    findings = Findings(refused=dict(_false_aliases(bundle)), evidence=evidence)
    references = {layer.id: bundle.reference(layer) for layer in bundle.manifest.layers if not layer.alias_of}
    local = runtime.local(bundle, references)
    if local is not None:
        findings.has_local = True
        findings.without_local = runtime.without_local if isinstance(runtime, PartlyLocal) else {}
        _measure(bundle, local, references, policy, "local", findings)
    accumulated, optimised = runtime.accumulated(bundle), runtime.optimised(bundle)
    if accumulated is not None:
        _measure(bundle, accumulated, references, policy, "accumulated", findings)
    if optimised is not None:
        _measure(bundle, optimised, references, policy, "optimised", findings)
        findings.problems.extend(_missing_outputs(bundle, findings))
    return findings


def _false_aliases(bundle: Bundle) -> Iterator[tuple[str, str]]:
    """An alias takes the verdict of another value: PyTorch must have recorded the same there."""
    for layer in bundle.manifest.layers:
        survivor = bundle.survivor(layer)
        if layer.alias_of and not np.array_equal(bundle.reference(layer).ravel(), bundle.reference(survivor).ravel()):
            yield layer.id, f"PyTorch's value is not that of '{survivor.id}', which stands for it in model.onnx"


def _missing_outputs(bundle: Bundle, findings: Findings) -> Iterator[str]:
    for output in bundle.manifest.outputs:
        home = bundle.survivor(bundle.layers[output.layer]).id if output.layer in bundle.layers else ""
        if home in bundle.layers and home not in findings.optimised and home not in findings.refused:
            yield f"output '{output.name}' is missing from the optimised run"


def _measure(
    bundle: Bundle,
    activations: Iterator[Activation],
    references: Mapping[str, Array],
    policy: Policy,
    kind: str,
    findings: Findings,
) -> None:
    seen: Counter[str] = Counter()
    measures: dict[str, Measure] = getattr(findings, kind)
    for name, value in activations:
        seen[name] += 1
        layer = bundle.layers.get(name)
        if layer is None:
            findings.problems.append(f"'{name}' is no layer of this bundle")
        elif seen[name] > 1:
            findings.problems.append(f"layer '{name}' is there {seen[name]} times")
        else:
            reference = references[name] if name in references else bundle.reference(layer)
            _measure_one(layer, value, reference, policy, kind, measures, findings)


def _measure_one(
    layer: Layer,
    value: Array,
    reference: Array,
    policy: Policy,
    kind: str,
    measures: dict[str, Measure],
    findings: Findings,
) -> None:
    problem = incomparable(value, reference)
    if problem:
        findings.refused.setdefault(layer.id, problem + _stored_as(layer))
        findings.evidence.keep(layer.id, value, local=kind == "local")
        return
    measures[layer.id] = measured = measure(layer, value, reference, policy, local=kind == "local")
    if (not measured.passed or layer.id == findings.evidence.wanted) and kind != "optimised":
        findings.evidence.keep(layer.id, value, local=kind == "local")


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
        yield f"{len(ill)} layers are judged by their local error alone (ill-conditioned), first '{ill[0]}'"
    whole = [result.id for result in results if result.reason.startswith(BY_ACCUMULATED_ALONE)]
    if whole:
        yield f"{len(whole)} layers are judged by their accumulated error alone (they did not run alone), first '{whole[0]}'"
    for layer, result in zip(bundle.manifest.layers, results, strict=True):
        if policy.permission(layer) and not result.permitted:
            yield f"'{result.id}' was compared: its permission did nothing and can go"
