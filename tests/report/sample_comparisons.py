"""Comparisons made by hand: one of each kind that a report must show."""

import math
from typing import Any

import msgspec

from xverify.comparison.results import (
    Cause,
    ChannelError,
    Comparison,
    Confidence,
    Coverage,
    Element,
    Known,
    LayerDetail,
    LayerResult,
    Measure,
    ParameterFinding,
    Parameters,
    Regression,
    Regressions,
    Status,
)

ENVIRONMENT = {"onnxruntime": "1.32.0", "numpy": "2.3.4", "python": "3.11.9", "platform": "Linux x86_64"}
HOSTILE = "[bold]evil[/bold] a|b <i>&amp; `x` *y* _z_\nsecond\tline\x1b[31m \x00\u202eüñ网络 \udc80"


def measure(error: float, allowed: float, **changes: Any) -> Measure:
    return Measure(
        max_error=error,
        error=error,
        rms_error=error / 7,
        allowed=allowed,
        passed=changes.pop("passed", error <= allowed),
        worst_index=changes.pop("worst_index", (1, 12, 3, 4)),
        actual=changes.pop("actual", 0.123456789),
        expected=changes.pop("expected", 0.123456789 - error),
        **changes,
    )


def layer(path: str, operation: str, shape: tuple[int, ...], **changes: Any) -> LayerResult:
    fields: dict[str, Any] = {
        "id": path.replace(".", "_")[:20],
        "module_path": path,
        "operation": operation,
        "shape": shape,
        "status": Status.PASSED,
        "reason": "",
        "local": measure(1.24e-7, 3.97e-7, snr_db=138.25, cosine=0.999999999, ulp=2.0),
        "accumulated": measure(2.5e-7, 1.21e-6, snr_db=131.0),
        "inputs": ("features_pool0",),
        "dims": "NCHW" if len(shape) == 4 else "NC",
        "matlab_layer": "batchNormalizationLayer" if operation == "batch_norm" else "",
        "source_line": "models/densenet.py:88: return self.norm1(x)",
        "tolerance_reason": "calibrated: 6 x local floor 6.62e-08, 10 x accumulated floor 1.21e-07",
    }
    return LayerResult(**fields | changes)


LAYERS = (
    layer("features.conv0", "convolution", (2, 64, 112, 96)),
    layer("features.norm0", "batch_norm", (2, 64, 112, 96)),
    layer("features.relu0", "relu", (2, 64, 112, 96), local=measure(0.0, 0.0)),
    layer("features.pool0", "max_pool2d", (2, 64, 56, 48), local=measure(0.0, 0.0)),
    layer(
        "features.denseblock3.denselayer12.norm1",
        "batch_norm",
        (2, 608, 14, 12),
        id="dens_dens_12_norm1",
    ),
    layer("features.denseblock3.denselayer12.drop", "dropout", (2, 608, 14, 12), alias_of="dens_dens_12_norm1"),
    layer("encoder.layers.encoder_layer_11.self_attention", "scaled_dot_product_attention", (2, 12, 197, 64)),
    layer("", "add", (2, 608, 14, 12), id="add_7"),
    layer(
        "tokens",
        "argmax",
        (2, 197),
        local=measure(0.0, 0.0, worst_index=(0, 0), actual=7.0, expected=7.0),
        accumulated=measure(0.0, 0.0, worst_index=(0, 0), actual=7.0, expected=7.0),
        tolerance_reason="integers are compared exactly",
    ),
    layer(
        "classifier",
        "linear",
        (2, 10),
        optimised=measure(3.0e-7, 1.21e-6, worst_index=(1, 3)),
        accumulated=measure(2.5e-7, 1.21e-6, worst_index=(1, 3), top1_agreement=1.0),
    ),
)


def passing(**changes: Any) -> Comparison:
    fields: dict[str, Any] = {
        "passed": True,
        "bundle": "cifar10-net",
        "bundle_id": "0b0e7a52-3ab7-4c2e-b0ad-1d6c9a4e52c1",
        "model": "torchvision:densenet121",
        "against": "onnxruntime 1.32.0",
        "coverage": Coverage(compared=len(LAYERS), total=len(LAYERS)),
        "parameters": Parameters(checked=364, changed=()),
        "first_fault": None,
        "layers": LAYERS,
        "environment": ENVIRONMENT,
        "date": "2026-11-25T19:03:11+00:00",
        "command": "xverify compare cifar10-net --against onnxruntime",
    }
    return Comparison(**fields | changes)


def with_layers(comparison: Comparison, **changes: LayerResult) -> Comparison:
    """The same comparison with layers replaced, by id."""
    layers = tuple(changes.get(item.id, item) for item in comparison.layers)
    return msgspec.structs.replace(comparison, layers=layers)


def changed(item: LayerResult, **changes: Any) -> LayerResult:
    return msgspec.structs.replace(item, **changes)


FAULTY = changed(
    LAYERS[4],
    status=Status.FAILED,
    reason="the local error is above what is allowed",
    local=measure(1.24e-3, 3.97e-7),
    accumulated=measure(1.3e-3, 1.21e-6),
)


CAUSE = Cause(
    layer="dens_dens_12_norm1",
    kind="epsilon",
    statement="The normalisation adds 0.001 to the variance instead of 1e-05.",
    confidence=Confidence.CERTAIN,
    error_before=1.24e-3,
    error_after=2.1e-7,
    allowed=3.97e-7,
    explained=1.0,
    evidence=("the epsilon was solved from 608 channels",),
    fix=("MATLAB: batchNormalizationLayer('Epsilon', 1e-05)",),
    alternatives=("variance correction",),
)


DETAIL = LayerDetail(
    layer="dens_dens_12_norm1",
    alone=True,
    decades=((0.0, 12), (1e-3, 196_000), (1e-2, 8_276)),
    worst=(Element((1, 12, 3, 4), 0.123456789, 0.122216789),),
    channels=(ChannelError(12, 1.24e-3, 2.5e-4), ChannelError(7, 0.0, 0.0)),
    positions=((0.0, 1.24e-3, 2e-4), (1e-4, 0.0, 3e-5)),
    batch=(9e-4, 1.24e-3),
)


def failing() -> Comparison:
    """A fault in one layer that reaches the layers after it; one is not compared, one is permitted."""
    downstream = {"status": Status.FAILED, "reason": "the accumulated error is above what is allowed"}
    return msgspec.structs.replace(
        with_layers(
            passing(),
            dens_dens_12_norm1=FAULTY,
            features_denseblock3=changed(LAYERS[5], accumulated=measure(1.3e-3, 1.21e-6), **downstream),
            encoder_layers_encod=changed(
                LAYERS[6],
                status=Status.NOT_COMPARED,
                reason="its value is no tensor in model.onnx",
                local=None,
                accumulated=None,
            ),
            add_7=changed(
                LAYERS[7],
                status=Status.NOT_COMPARED,
                reason="not in activations.mat",
                permitted="fused by the code generator",
                local=None,
                accumulated=None,
            ),
        ),
        passed=False,
        coverage=Coverage(compared=8, total=10),
        first_fault="dens_dens_12_norm1",
        faults=("dens_dens_12_norm1",),
        causes=(CAUSE,),
        details=(DETAIL,),
        notes=("The file activations.mat is unlabelled: shapes and dims come from the manifest.",),
        problems=("activations.mat has a variable 'conv_99' that is no layer of this bundle.",),
    )


def beside_baseline(*found: Regression) -> Comparison:
    """What fails is known since a baseline, but for what is given."""
    comparison = failing()
    worse = {item.layer for item in found}
    known = [Known(item.id, item.reason) for item in comparison.failed if item.id not in worse]
    regressions = Regressions(
        baseline="baseline.json",
        date="2026-11-01T08:00:00+00:00",
        against="onnxruntime 1.31.0",
        found=found,
        known=(*known, *(Known("", problem) for problem in comparison.problems)),
        improved=("features_pool0",),
        notes=("2 layers (first 'dens_dens_12_norm1') are known to fail",),
    )
    return msgspec.structs.replace(comparison, regressions=regressions)


def changed_parameters(count: int) -> Comparison:
    """Parameters that are not PyTorch's; the first belongs to the faulty layer."""
    findings = tuple(
        ParameterFinding(
            initializer=f"init_{number}",
            parameters=(f"block.{number}.weight",),
            problem="1 of 608 values differs",
            layers=("dens_dens_12_norm1",) if number == 0 else (),
        )
        for number in range(count)
    )
    return msgspec.structs.replace(failing(), parameters=Parameters(checked=364, changed=findings))


def recorded() -> Comparison:
    """A recorded file: accumulated errors only, and NaN where PyTorch has a number."""
    layers = [changed(item, local=None, optimised=None) for item in LAYERS]
    layers[1] = changed(
        layers[1],
        status=Status.FAILED,
        reason="NaN where the reference has 0.5",
        accumulated=measure(
            math.nan,
            1.21e-6,
            passed=False,
            actual=math.nan,
            expected=0.5,
            problem="NaN where the reference has 0.5",
        ),
    )
    layers[4] = changed(
        layers[4], status=Status.FAILED, reason="shape is 2x608x12x14, PyTorch's is 2x608x14x12", accumulated=None
    )
    return passing(
        passed=False,
        against="activations.mat (MATLAB R2024b)",
        layers=tuple(layers),
        coverage=Coverage(compared=9, total=10),
        parameters=Parameters(checked=0, changed=(), skipped="a recorded file has no parameters"),
    )


def hostile() -> Comparison:
    """Every text from a model, a file or the user holds what could break a format."""
    bad = layer(
        HOSTILE,
        HOSTILE,
        (2, 3),
        id="evil",
        status=Status.FAILED,
        reason=HOSTILE,
        tolerance_reason=HOSTILE,
        local=measure(math.inf, 0.0, passed=False, problem=HOSTILE),
    )
    skipped = layer(HOSTILE, "add", (3, 5), id="skip", status=Status.NOT_COMPARED, reason=HOSTILE, permitted=HOSTILE)
    return passing(
        passed=False,
        bundle=HOSTILE,
        model=HOSTILE,
        against=HOSTILE,
        layers=(bad, skipped),
        first_fault="evil",
        coverage=Coverage(compared=1, total=2),
        parameters=Parameters(checked=1, changed=(ParameterFinding(HOSTILE, (HOSTILE,), HOSTILE, (HOSTILE,)),)),
        notes=(HOSTILE,),
        problems=(HOSTILE,),
        environment={HOSTILE: HOSTILE},
    )
