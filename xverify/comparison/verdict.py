"""From a layer's measures to its verdict.

The order of the questions is the order of the answers: what is missing, what is wrong, what proves nothing; only then passed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import msgspec

from xverify.bundle.manifest import Layer
from xverify.comparison.evidence import Evidence
from xverify.comparison.policy import Policy
from xverify.comparison.results import LayerResult, Measure, Status

_SHARE = "0.1% of its size"
FIXED = "fixed"
"""How the reason of a tolerance begins that the user gave."""
BY_ACCUMULATED_ALONE = "judged by its accumulated error alone"
BY_LOCAL_ALONE = f"judged by its local error alone: the accumulated rounding passes {_SHARE}"


@dataclass
class Findings:
    """What the runs said, by layer id."""

    local: dict[str, Measure] = field(default_factory=dict)
    accumulated: dict[str, Measure] = field(default_factory=dict)
    optimised: dict[str, Measure] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    """Layer id -> why its value cannot be compared (its shape, its type)."""
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    has_local: bool = False
    on_own_inputs: bool = False
    """Whether the local errors are of a file's values on the file's own inputs, not on PyTorch's."""
    without_local: Mapping[str, str] = field(default_factory=dict)
    """Layer id -> why it could not run alone, though others did."""
    evidence: Evidence = field(default_factory=Evidence)
    """Values that fail."""


def judge(layer: Layer, findings: Findings, policy: Policy) -> LayerResult:
    """The verdict on one layer. An alias that was not compared itself is settled by `settle_aliases`."""
    local, accumulated, optimised = (
        table.get(layer.id) for table in (findings.local, findings.accumulated, findings.optimised)
    )
    fixed = policy.fixed_for(layer)
    ill = layer.tolerance.accumulated_ill_conditioned and fixed is None
    judged = {"local": local} if ill else {"local": local, "accumulated": accumulated, "optimised": optimised}
    status, reason = Status.PASSED, BY_LOCAL_ALONE if ill else _by_accumulated_alone(layer, findings, local)
    if problem := _missing(layer, findings, local, accumulated):
        status, reason = Status.NOT_COMPARED, problem
    if problem := findings.refused.get(layer.id) or _failure(
        judged, {"accumulated": accumulated, "optimised": optimised}
    ):
        status, reason = Status.FAILED, problem
    elif status is Status.PASSED and (problem := _proves_nothing(layer, local, calibrated=fixed is None)):
        status, reason = Status.NOT_COMPARED, problem
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
        tolerance_reason=f"{FIXED}: atol {fixed.atol:g}, rtol {fixed.rtol:g}" if fixed else layer.tolerance.reason,
        alias_of=layer.alias_of,
        permitted=policy.permission(layer) if status is Status.NOT_COMPARED else "",
        inputs=layer.inputs,
        dims=layer.dims,
        matlab_layer=layer.matlab_layer,
        source_line=layer.source_line,
    )


def _missing(layer: Layer, findings: Findings, local: Measure | None, accumulated: Measure | None) -> str:
    if findings.has_local and not layer.onnx_tensor and not layer.alias_of and layer.id not in findings.without_local:
        return "it is no value of model.onnx"
    if accumulated is None:
        return "missing from the activations"
    if findings.has_local and local is None and layer.id not in findings.without_local:
        return "no local error: missing from the local run"
    return ""


def _by_accumulated_alone(layer: Layer, findings: Findings, local: Measure | None) -> str:
    if not findings.has_local or local is not None or layer.id not in findings.without_local:
        return ""
    return f"{BY_ACCUMULATED_ALONE}: {findings.without_local[layer.id]}"


def _failure(judged: Mapping[str, Measure | None], whole: Mapping[str, Measure | None]) -> str:
    """What fails. NaN and Inf at other places fail even where an accumulated error is not judged by its size."""
    reasons = dict.fromkeys(_reason(name, item) for name, item in judged.items() if item and not item.passed)
    reasons |= dict.fromkeys(_reason(name, item) for name, item in whole.items() if item and item.problem)
    return "; ".join(reasons)


def _reason(name: str, item: Measure) -> str:
    return f"{name}: {item.problem}" if item.problem else f"{name} error {item.error:.3g} > {item.allowed:.3g}"


def _proves_nothing(layer: Layer, local: Measure | None, *, calibrated: bool) -> str:
    if layer.all_zero:
        return "all zero: equality of zeros proves nothing"
    if not calibrated:
        return ""
    if layer.tolerance.accumulated_ill_conditioned and local is None:
        return f"ill-conditioned: the accumulated rounding passes {_SHARE}, and there is no local error"
    if layer.tolerance.local_ill_conditioned and local is not None:
        return f"ill-conditioned: even alone the layer may round by more than {_SHARE}"
    return ""


def settle_aliases(results: tuple[LayerResult, ...]) -> tuple[LayerResult, ...]:
    """Gives each alias that was not compared itself the verdict of the layer that holds its value."""
    by_id = {item.id: item for item in results}
    return tuple(_settled(item, by_id) for item in results)


def _settled(result: LayerResult, by_id: Mapping[str, LayerResult]) -> LayerResult:
    if not result.alias_of or result.accumulated is not None or result.status is Status.FAILED:
        return result
    survivor = by_id.get(result.alias_of)
    if survivor is None:  # an alias of an input: the runtime was fed with it
        return msgspec.structs.replace(result, status=Status.PASSED, reason="", permitted="")
    passed = survivor.status is Status.PASSED
    return msgspec.structs.replace(
        result,
        status=survivor.status,
        reason="" if passed else f"is the value of '{survivor.id}': {survivor.reason}",
        local=survivor.local,
        accumulated=survivor.accumulated,
        permitted=(result.permitted or survivor.permitted) if survivor.status is Status.NOT_COMPARED else "",
    )
