"""Faults in activations: left out, applied twice, another function, softmax over another axis."""

from dataclasses import replace
from math import pi, sqrt

import numpy as np
from onnx import helper

from planting.change import Change, attribute, with_attributes
from planting.graph import Site
from planting.kinds.kind import Kind
from planting.kinds.rewrite import afterwards, identity, instead, raw, twice
from planting.steps import Step

_CHANGED_BY_A_SECOND_TIME = {
    "elu",
    "gelu",
    "hardsigmoid",
    "hardswish",
    "leaky_relu",
    "mish",
    "prelu",
    "selu",
    "sigmoid",
    "silu",
    "softplus",
    "tanh",
}
ACTIVATIONS = {"relu", "relu6", "hardtanh", *_CHANGED_BY_A_SECOND_TIME}
"""Names of ATen operations."""

_LAYERS = {
    "reluLayer",
    "clippedReluLayer",
    "leakyReluLayer",
    "eluLayer",
    "geluLayer",
    "swishLayer",
    "sigmoidLayer",
    "tanhLayer",
}


def _missing(site: Site) -> Change | None:
    return identity(site) if site.layer.operation in ACTIVATIONS else None


def _missing_step(step: Step) -> Step | None:
    return replace(step, op="dropoutLayer", attributes={}) if step.op in _LAYERS else None


def _doubled(site: Site) -> Change | None:
    return twice(site) if site.layer.operation in _CHANGED_BY_A_SECOND_TIME else None


def _leaky(site: Site) -> Change | None:
    if site.maker.op_type != "Relu":
        return None
    return instead(site, [helper.make_node("LeakyRelu", site.maker.input, [site.tensor], alpha=0.01)])


def _leaky_step(step: Step) -> Step | None:
    return replace(step, op="leakyReluLayer", attributes={"negative_slope": 0.01}) if step.op == "reluLayer" else None


def _gelu_by_tanh(site: Site) -> Change | None:
    """0.5 x (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))): nn.GELU(approximate="tanh")."""
    if site.layer.operation != "gelu" or site.find("Erf") is None or len(site.reads) != 1:
        return None
    x = site.reads[0]
    names = {name: site.named(name) for name in ("cube", "part", "sum", "scaled", "tanh", "more", "half")}
    numbers = {"three": 3.0, "small": 0.044715, "root": sqrt(2 / pi), "one": 1.0, "factor": 0.5}
    constants = {site.named(name): np.float32(value).reshape(()) for name, value in numbers.items()}
    steps = [
        ("Pow", x, site.named("three"), names["cube"]),
        ("Mul", names["cube"], site.named("small"), names["part"]),
        ("Add", x, names["part"], names["sum"]),
        ("Mul", names["sum"], site.named("root"), names["scaled"]),
    ]
    nodes = [helper.make_node(operator, [a, b], [result]) for operator, a, b, result in steps]
    nodes += [
        helper.make_node("Tanh", [names["scaled"]], [names["tanh"]]),
        helper.make_node("Add", [names["tanh"], site.named("one")], [names["more"]]),
        helper.make_node("Mul", [x, site.named("factor")], [names["half"]]),
        helper.make_node("Mul", [names["half"], names["more"]], [site.tensor]),
    ]
    return instead(site, nodes, {name: np.asarray(value) for name, value in constants.items()})


def _gelu_by_sigmoid(site: Site) -> Change | None:
    """x sigmoid(1.702 x)."""
    if site.layer.operation != "gelu" or len(site.reads) != 1:
        return None
    x, (scaled, gate) = site.reads[0], (site.named("scaled"), site.named("gate"))
    nodes = [
        helper.make_node("Mul", [x, site.named("factor")], [scaled]),
        helper.make_node("Sigmoid", [scaled], [gate]),
        helper.make_node("Mul", [x, gate], [site.tensor]),
    ]
    return instead(site, nodes, {site.named("factor"): np.asarray(np.float32(1.702))})


def _relu_added(site: Site) -> Change | None:
    if site.layer.operation not in {"conv1d", "conv2d", "conv3d", "linear", "batch_norm"}:
        return None
    return afterwards(site, [helper.make_node("Relu", [raw(site)], [site.tensor])])


def _softmax_added(site: Site) -> Change | None:
    """Over the classes that a linear layer scores."""
    shape = site.layer.shape
    if site.layer.operation != "linear" or len(shape) != 2 or shape[1] < 2:
        return None
    return afterwards(site, [helper.make_node("Softmax", [raw(site)], [site.tensor], axis=-1)])


def _log_softmax(site: Site) -> Change | None:
    """The logarithm where the softmax belongs, or the other way round."""
    other = {"Softmax": "LogSoftmax", "LogSoftmax": "Softmax"}.get(site.maker.op_type)
    if other is None:
        return None
    axis = attribute(site.maker, "axis", -1)
    return instead(site, [helper.make_node(other, [site.maker.input[0]], [site.tensor], axis=axis)])


def _gelu_step(step: Step) -> Step | None:
    return step.with_setting("approximate", "tanh") if step.op == "geluLayer" else None


def _no_softmax(site: Site) -> Change | None:
    return identity(site) if site.maker.op_type in {"Softmax", "LogSoftmax"} else None


def _no_softmax_step(step: Step) -> Step | None:
    return replace(step, op="dropoutLayer", attributes={}) if step.op == "softmaxLayer" else None


def _softmax_axis(site: Site) -> Change | None:
    """Over the axis before; over the batch, where there is no other."""
    if site.maker.op_type not in {"Softmax", "LogSoftmax"} or len(site.layer.shape) < 2:
        return None
    axis = (attribute(site.maker, "axis", -1) % len(site.layer.shape) - 1) % len(site.layer.shape)
    return instead(site, [with_attributes(site.maker, axis=axis)]) if site.layer.shape[axis] > 1 else None


ACTIVATION_KINDS = (
    Kind("activation missing", graph=_missing, step=_missing_step),
    Kind("activation doubled", graph=_doubled),
    Kind("ReLU to LeakyReLU(0.01)", graph=_leaky, step=_leaky_step),
    Kind("GELU erf to tanh", graph=_gelu_by_tanh, step=_gelu_step),
    Kind("GELU by a sigmoid", graph=_gelu_by_sigmoid),
    Kind("activation added", graph=_relu_added),
    Kind("softmax added", graph=_softmax_added),
    Kind("log-softmax", graph=_log_softmax),
    Kind("softmax missing", graph=_no_softmax, step=_no_softmax_step),
    Kind("softmax axis", graph=_softmax_axis),
)
