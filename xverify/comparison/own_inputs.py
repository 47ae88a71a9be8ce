"""Local errors of a file that has none: each layer against what PyTorch's layer makes of the file's own inputs to it.

A file of one whole run says what each layer read. model.onnx, whose every layer was compared with PyTorch's at export, is run on
that, layer by layer: what the file holds must come out, within the layer's local tolerance. So a fault is found that the rounding
of a deep network would hide, and the layer that has it is named.

The tolerance was measured on PyTorch's inputs, so a layer is looked at only where what it reads in the file is PyTorch's, within
the accumulated tolerance. Behind a fault the layers say that it is not.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from xverify.bundle.bundle import Bundle
from xverify.bundle.manifest import Layer
from xverify.comparison.measure import incomparable, measure
from xverify.comparison.policy import Policy
from xverify.comparison.verdict import Findings
from xverify.errors import XverifyError
from xverify.runtimes.runtime import OnOwnInputs

Array = NDArray[Any]

_ACCUMULATED_ONLY = "accumulated errors only: no first fault is named"

NOT_IN_MODEL = "it is no value of model.onnx"
NOT_HELD = "the file does not hold it"
NOT_PYTORCHS = "what it reads in the file is not PyTorch's, or is not there"
NOT_SINGLE = "its values, or those that it reads, are no float32 numbers"


def measure_on_own_inputs(
    bundle: Bundle,
    runtime: OnOwnInputs,
    values: Mapping[str, Array],
    references: Mapping[str, Array],
    policy: Policy,
    findings: Findings,
) -> None:
    """Adds the local errors of a file's values to what is known of them.

    Args:
        bundle: The bundle.
        runtime: The file.
        values: Layer id -> the file's value, in PyTorch's axis order.
        references: Layer id -> PyTorch's value.
        policy: Tolerances, resolved.
        findings: With the accumulated errors; takes the local ones, and the reasons of the layers that have none.
    """
    single = {name: _as_recorded(value, references[name]) for name, value in values.items() if name in references}
    without = dict(_without(bundle, findings, single))
    alone = {layer.id for layer in bundle.manifest.layers if layer.id not in without}
    if not alone:
        why = next((f"'{name}': {without[name]}" for name in without if name in values), "it holds no layer")
        findings.notes.append(f"{_ACCUMULATED_ONLY} ({why})")
        return
    trusted = {name: value for name, value in single.items() if value is not None and _passed(findings, name)}
    try:
        for name, expected in runtime.layers_on(bundle, {**references, **trusted}) or ():
            if name in alone and not incomparable(values[name], expected):
                measured = measure(bundle.layers[name], values[name], expected, policy, local=True)
                findings.local[name] = measured
                if not measured.passed:
                    findings.evidence.keep(name, values[name], local=False)
    except XverifyError as error:
        findings.local.clear()
        findings.notes.append(f"{_ACCUMULATED_ONLY}: {error.message}")
        return
    if not findings.local.keys() | (alone & findings.refused.keys()):
        findings.notes.append(_ACCUMULATED_ONLY)
        return
    findings.has_local = findings.on_own_inputs = True
    findings.without_local = without | dict.fromkeys(
        alone - findings.local.keys() - findings.refused.keys(), NOT_IN_MODEL
    )
    findings.notes.append(
        "local errors are of each layer against model.onnx on the inputs that the file itself holds; the network's own are PyTorch's"
    )


def _as_recorded(value: Array, reference: Array) -> Array | None:
    """The value in the reference's type; None where that cannot hold its numbers, or it has another shape."""
    if incomparable(value, reference):
        return None
    with np.errstate(over="ignore", invalid="ignore"):
        cast = np.asarray(value.astype(reference.dtype), order="C")
    return cast if np.array_equal(cast, value, equal_nan=reference.dtype.kind == "f") else None


def _without(bundle: Bundle, findings: Findings, single: Mapping[str, Array | None]) -> Iterator[tuple[str, str]]:
    for layer in bundle.manifest.layers:
        if layer.alias_of:
            yield layer.id, f"it has the value of '{layer.alias_of}'"
        elif not layer.onnx_tensor:
            yield layer.id, NOT_IN_MODEL
        elif layer.id not in single:
            yield layer.id, NOT_HELD
        elif not all(name in single and _passed(findings, name) for name in _read(bundle, layer)):
            yield layer.id, NOT_PYTORCHS
        elif any(single.get(name) is None for name in (layer.id, *_read(bundle, layer))) and (
            layer.id
            not in findings.refused  # a value of another shape or type is a fault of this layer: what it reads is right
        ):
            yield layer.id, NOT_SINGLE


def _read(bundle: Bundle, layer: Layer) -> list[str]:
    """Ids of the layers that hold what it reads; the network's inputs are right by themselves."""
    read = (bundle.survivor(bundle.layers[name]).id for name in layer.inputs if name in bundle.layers)
    return [name for name in read if name in bundle.layers]


def _passed(findings: Findings, name: str) -> bool:
    measured = findings.accumulated.get(name)
    return measured is not None and measured.passed and name not in findings.refused
