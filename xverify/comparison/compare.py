"""Compares a runtime's activations with the reference and gives the verdict.

A layer passes when its shape is equal, NaN and Inf stand at the same places, and its error is allowed: locally AND
accumulated, wherever the runtime has both. Whatever was not compared keeps the whole from passing, unless the user has
listed it with a reason.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from xverify.bundle.bundle import Bundle
from xverify.bundle.manifest import Layer
from xverify.comparison import metrics
from xverify.comparison.parameters import check_parameters
from xverify.comparison.policy import Policy
from xverify.comparison.results import Comparison, Coverage, LayerResult, Measure, ParameterFinding, Parameters, Status
from xverify.runtimes.runtime import Activation, Runtime

Array = NDArray[Any]


@dataclass
class _Findings:
    """What the runs said, by layer id."""

    local: dict[str, Measure] = field(default_factory=dict)
    accumulated: dict[str, Measure] = field(default_factory=dict)
    optimised: dict[str, Measure] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    """Layer id -> why its value cannot be compared (its shape, its type)."""
    problems: list[str] = field(default_factory=list)
    has_local: bool = False


def compare_bundle(bundle: Bundle, runtime: Runtime, policy: Policy | None = None) -> Comparison:
    """The verdict on a bundle.

    Args:
        bundle: The bundle; the caller has verified its files.
        runtime: Where the other activations come from.
        policy: Tolerances and permissions; the calibrated tolerance for every layer if None.

    Raises:
        XverifyError: The runtime cannot run the bundle, or the policy names unknown layers.
    """
    policy = policy or Policy()
    policy.require_known(bundle.manifest.layers)
    parameters = _parameters(bundle, runtime, policy)
    findings = _measure_all(bundle, runtime, policy)
    results = tuple(_result(bundle, layer, findings, policy) for layer in bundle.manifest.layers)
    results = tuple(_resolved_alias(result, results) for result in results)
    problems = [*_parameter_problems(parameters), *findings.problems]
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
        first_fault=next((r.id for r in results if r.local is not None and not r.local.passed and not r.alias_of), None),
        layers=results,
        notes=(*runtime.notes, *_notes(bundle, results)),
        problems=tuple(problems),
        environment=runtime.environment,
    )


def _parameters(bundle: Bundle, runtime: Runtime, policy: Policy) -> Parameters:
    if not runtime.reads_model:
        return Parameters(0, (), "the activations came from a file: its parameters are not known")
    if not policy.check_parameters:
        return Parameters(0, (), "switched off")
    return check_parameters(bundle)


def _parameter_problems(parameters: Parameters) -> Iterator[str]:
    if parameters.changed:
        yield f"{len(parameters.changed)} of {parameters.checked} parameters of model.onnx are not PyTorch's, first {_named(parameters.changed[0])}"


def _named(finding: ParameterFinding) -> str:
    return f"'{finding.parameters[0] if finding.parameters else finding.initializer}' ({finding.problem})"


def _measure_all(bundle: Bundle, runtime: Runtime, policy: Policy) -> _Findings:
    findings = _Findings()
    references = {layer.id: bundle.reference(layer) for layer in bundle.manifest.layers if not layer.alias_of}
    local = runtime.local(bundle, references)
    if local is not None:
        findings.has_local = True
        _measure(bundle, local, references, policy, "local", findings)
    for kind, activations in (("accumulated", runtime.accumulated(bundle)), ("optimised", runtime.optimised(bundle))):
        if activations is not None:
            _measure(bundle, activations, references, policy, kind, findings)
    return findings


def _measure(
    bundle: Bundle, activations: Iterator[Activation], references: Mapping[str, Array], policy: Policy, kind: str, findings: _Findings
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
    layer: Layer, value: Array, reference: Array, policy: Policy, kind: str, measures: dict[str, Measure], findings: _Findings
) -> None:
    problem = _incomparable(value, reference)
    if problem:
        findings.refused.setdefault(layer.id, problem)
        return
    measures[layer.id] = measure(layer, value, reference, policy, local=kind == "local")


def _incomparable(value: Array, reference: Array) -> str:
    if value.shape != reference.shape:
        return f"shape {_shape(value.shape)} instead of {_shape(reference.shape)}"
    if value.dtype.kind not in "fiub":
        return f"its values are {value.dtype}, not numbers"
    if (reference.dtype.kind == "f") != (value.dtype.kind == "f") and reference.dtype.kind == "f":
        return f"its values are {value.dtype} instead of {reference.dtype}"
    return ""


def _shape(shape: tuple[int, ...]) -> str:
    return "x".join(map(str, shape)) or "scalar"


def measure(layer: Layer, value: Array, reference: Array, policy: Policy, *, local: bool) -> Measure:
    """One layer's values against the reference, judged.

    Args:
        layer: The layer, with its recorded tolerance.
        value: The other runtime's values, of the reference's shape.
        reference: PyTorch's values.
        policy: The user's tolerances.
        local: Whether `value` was computed from recorded inputs.
    """
    if reference.dtype.kind != "f":
        return _exact_measure(value, reference)
    fixed = policy.fixed_for(layer)
    rtol = fixed.rtol if fixed else 0.0
    difference = metrics.difference(value, reference, rtol)
    index = np.unravel_index(difference.worst, reference.shape) if reference.size else ()
    expected, actual = (float(reference[index]), float(value[index])) if reference.size else (0.0, 0.0)
    tolerance = layer.tolerance.local if local else layer.tolerance.accumulated
    allowed = fixed.atol + rtol * abs(expected) if fixed else tolerance
    error = abs(actual - expected) if fixed else difference.max_error
    return Measure(
        max_error=difference.max_error,
        rms_error=difference.rms_error,
        allowed=allowed,
        passed=not difference.problem and error <= allowed,
        worst_index=tuple(int(i) for i in index),
        actual=actual,
        expected=expected,
        problem=difference.problem,
        cosine=difference.cosine,
        snr_db=metrics.snr_db(difference.signal, difference.rms_error),
        ulp=metrics.ulp_distance(difference.max_error, expected),
        top1_agreement=metrics.top1_agreement(value, reference) if layer.dims == "NC" and reference.shape[-1] > 1 else None,
    )


def _exact_measure(value: Array, reference: Array) -> Measure:
    """Integers and booleans: equal or not."""
    differing = value != reference
    count = int(differing.sum())
    flat = int(differing.argmax()) if count else 0
    index = tuple(int(i) for i in np.unravel_index(flat, reference.shape)) if reference.size else ()
    actual, expected = (float(value[index]), float(reference[index])) if reference.size else (0.0, 0.0)
    errors = np.abs(value.astype(np.float64) - reference.astype(np.float64))
    return Measure(
        max_error=float(errors.max(initial=0.0)),
        rms_error=float(np.sqrt(np.mean(np.square(errors)))) if reference.size else 0.0,
        allowed=0.0,
        passed=count == 0,
        worst_index=index,
        actual=actual,
        expected=expected,
        problem=f"{count} of {reference.size} values differ" if count else "",
    )


def _result(bundle: Bundle, layer: Layer, findings: _Findings, policy: Policy) -> LayerResult:
    local, accumulated, optimised = (table.get(layer.id) for table in (findings.local, findings.accumulated, findings.optimised))
    status, reason = _verdict(layer, findings, local, accumulated, optimised, fixed=policy.fixed_for(layer) is not None)
    permitted = policy.allow.get(layer.id, "") if status is Status.NOT_COMPARED else ""
    fixed = policy.fixed_for(layer)
    return LayerResult(
        id=layer.id,
        module_path=layer.module_path,
        operation=layer.operation,
        shape=layer.shape,
        status=status,
        reason=reason,
        local=local,
        accumulated=accumulated,
        optimised=optimised,
        tolerance_reason=f"fixed: atol {fixed.atol:g}, rtol {fixed.rtol:g}" if fixed else layer.tolerance.reason,
        alias_of=layer.alias_of,
        permitted=permitted,
    )


def _verdict(
    layer: Layer, findings: _Findings, local: Measure | None, accumulated: Measure | None, optimised: Measure | None, *, fixed: bool
) -> tuple[Status, str]:
    if layer.id in findings.refused:
        return Status.FAILED, findings.refused[layer.id]
    if layer.alias_of and accumulated is None and local is None:
        return Status.NOT_COMPARED, ""  # takes the verdict of the layer whose value it has
    if not layer.onnx_tensor and findings.has_local:
        return Status.NOT_COMPARED, "it is no value of model.onnx"
    if accumulated is None:
        return Status.NOT_COMPARED, "missing from the activations"
    if findings.has_local and local is None:
        return Status.NOT_COMPARED, "no local error: missing from the activations"
    ill = layer.tolerance.accumulated_ill_conditioned and not fixed
    failures = list(_failures(local, None if ill else accumulated, None if ill else optimised))
    failures += [f"{name}: {item.problem}" for name, item in (("accumulated", accumulated), ("optimised", optimised)) if ill and item and item.problem]
    if failures:
        return Status.FAILED, "; ".join(failures)
    if layer.all_zero:
        return Status.NOT_COMPARED, "all zero: equality of zeros proves nothing"
    if ill and local is None:
        return Status.NOT_COMPARED, "ill-conditioned: the accumulated rounding passes 0.1% of the layer's size, and there is no local error"
    if layer.tolerance.local_ill_conditioned and local is not None and not fixed:
        return Status.NOT_COMPARED, "ill-conditioned: even alone the layer rounds to more than 0.1% of its size"
    return Status.PASSED, "judged by its local error alone: the accumulated rounding passes 0.1% of its size" if ill else ""


def _failures(local: Measure | None, accumulated: Measure | None, optimised: Measure | None) -> Iterator[str]:
    for name, item in (("local", local), ("accumulated", accumulated), ("optimised", optimised)):
        if item is not None and not item.passed:
            yield f"{name}: {item.problem}" if item.problem else f"{name} error {item.max_error:.3g} > {item.allowed:.3g}"


def _resolved_alias(result: LayerResult, results: tuple[LayerResult, ...]) -> LayerResult:
    """An alias has the verdict of the layer that holds its value, unless it was compared itself."""
    if not result.alias_of or result.accumulated is not None or result.status is Status.FAILED:
        return result
    by_id = {item.id: item for item in results}
    survivor = by_id.get(result.alias_of)
    if survivor is None:  # an alias of an input: the runtime was fed with it
        return _with(result, Status.PASSED, "", None)
    reason = "" if survivor.status is Status.PASSED else f"is the value of '{survivor.id}': {survivor.reason}"
    return _with(result, survivor.status, reason, survivor)


def _with(result: LayerResult, status: Status, reason: str, survivor: LayerResult | None) -> LayerResult:
    return msgspec.structs.replace(
        result,
        status=status,
        reason=reason,
        local=survivor.local if survivor else None,
        accumulated=survivor.accumulated if survivor else None,
        permitted=(result.permitted or (survivor.permitted if survivor else "")) if status is Status.NOT_COMPARED else "",
    )


def _notes(bundle: Bundle, results: tuple[LayerResult, ...]) -> Iterator[str]:
    yield from bundle.manifest.warnings
    ill = [result.id for result in results if result.reason.startswith("judged by its local error alone")]
    if ill:
        yield f"{len(ill)} layers are judged by their local error alone (ill-conditioned), first '{ill[0]}'"
    yield from (f"'{result.id}' was accepted without a comparison: {result.permitted}" for result in results if result.permitted)
