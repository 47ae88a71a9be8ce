"""Runs the other side, and measures each value that it gives against PyTorch's."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from xverify.bundle.bundle import Bundle
from xverify.bundle.manifest import Layer
from xverify.comparison.evidence import Evidence
from xverify.comparison.measure import incomparable, measure
from xverify.comparison.own_inputs import measure_on_own_inputs
from xverify.comparison.policy import Policy
from xverify.comparison.results import Measure
from xverify.comparison.verdict import Findings
from xverify.runtimes.runtime import Activation, OnOwnInputs, PartlyLocal, Runtime

Array = NDArray[Any]


def measure_runs(bundle: Bundle, runtime: Runtime, policy: Policy, evidence: Evidence) -> Findings:
    """What all runs of a runtime said: each layer alone, the whole network, and the network with optimisations.

    Args:
        bundle: The bundle.
        runtime: Where the other activations come from.
        policy: Tolerances, resolved.
        evidence: Takes the values of layers that fail.

    Raises:
        XverifyError: The runtime cannot run the bundle.
    """
    findings = Findings(refused=dict(_false_aliases(bundle)), evidence=evidence)
    references = {layer.id: bundle.reference(layer) for layer in bundle.manifest.layers if not layer.alias_of}
    local = runtime.local(bundle, references)
    if local is not None:
        findings.has_local = True
        findings.without_local = runtime.without_local if isinstance(runtime, PartlyLocal) else {}
        _measure(bundle, local, references, policy, "local", findings)
    accumulated, optimised = runtime.accumulated(bundle), runtime.optimised(bundle)
    if accumulated is not None:
        values: dict[str, Array] | None = {} if local is None and isinstance(runtime, OnOwnInputs) else None
        _measure(bundle, _kept(accumulated, values), references, policy, "accumulated", findings)
        if values and isinstance(runtime, OnOwnInputs):
            measure_on_own_inputs(bundle, runtime, values, references, policy, findings)
    if optimised is not None:
        _measure(bundle, optimised, references, policy, "optimised", findings)
        findings.problems.extend(_missing_outputs(bundle, findings))
    return findings


def _kept(activations: Iterator[Activation], values: dict[str, Array] | None) -> Iterator[Activation]:
    """The same activations; a copy of each stays in `values`, where there is one."""
    for activation in activations:
        if values is not None:
            values[activation.layer] = activation.value
        yield activation


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


def _stored_as(layer: Layer) -> str:
    """How MATLAB stores the layer: swapped axes are the usual reason for another shape."""
    stored = "x".join(str(layer.shape[axis]) for axis in layer.array.permutation)
    return f" (stored in MATLAB as {layer.array.matlab_dims}: {stored})" if layer.array.matlab_dims else ""
