"""Faults in normalisations that are no parameter's: epsilons, and the batch's own statistics."""

from collections.abc import Callable

import numpy as np
from fault_kinds import epsilon_changed
from onnx import NodeProto, helper

from planting.change import Array, Change, attribute, from_edit
from planting.graph import Site
from planting.kinds.kind import Kind
from planting.kinds.rewrite import instead
from planting.steps import Step


def _epsilon(operator: str) -> Callable[[Site], Change | None]:
    change = epsilon_changed(operator)

    def graph(site: Site) -> Change | None:
        found = site.find(operator)
        return from_edit(found[0], change(site.graph, found[1])) if found else None

    return graph


def _epsilon_step(layer: str) -> Callable[[Step], Step | None]:
    """The same epsilon as in model.onnx: 1e-3, or ten times as much where it is about that already."""

    def change(step: Step) -> Step | None:
        own = step.number("eps", 1e-5)
        return step.with_setting("eps", 1e-3 if own < 5e-4 else 10 * own) if step.op == layer else None

    return change


def _batch_statistics(site: Site) -> Change | None:
    """The mean and variance of the batch instead of the running ones: a network that is in training mode."""
    node = site.maker
    shape = site.layer.shape
    if node.op_type != "BatchNormalization" or shape[0] * np.prod(shape[2:]) < 2:
        return None
    flat = (1, -1, *(1 for _ in shape[2:]))
    scale, bias = (site.graph.constants[node.input[index]].reshape(flat) for index in (1, 2))
    constants: dict[str, Array] = {
        site.named("scale"): scale,
        site.named("bias"): bias,
        site.named("epsilon"): np.asarray(attribute(node, "epsilon", 1e-5), dtype=np.float32),
    }
    if site.graph.opset >= 18:
        constants[site.named("axes")] = np.array(_axes(site), dtype=np.int64)
    return instead(site, _standardised(site, node.input[0]), constants)


def _standardised(site: Site, x: str) -> list[NodeProto]:
    def step(operator: str, inputs: list[str], output: str) -> NodeProto:
        return helper.make_node(operator, inputs, [output])

    name = site.named
    return [
        _mean(site, x, name("mean")),
        step("Sub", [x, name("mean")], name("centred")),
        step("Mul", [name("centred"), name("centred")], name("squares")),
        _mean(site, name("squares"), name("variance")),
        step("Add", [name("variance"), name("epsilon")], name("more")),
        step("Sqrt", [name("more")], name("deviation")),
        step("Div", [name("centred"), name("deviation")], name("standard")),
        step("Mul", [name("standard"), name("scale")], name("scaled")),
        step("Add", [name("scaled"), name("bias")], site.tensor),
    ]


def _mean(site: Site, x: str, output: str) -> NodeProto:
    if site.graph.opset >= 18:
        return helper.make_node("ReduceMean", [x, site.named("axes")], [output], keepdims=1)
    return helper.make_node("ReduceMean", [x], [output], axes=_axes(site), keepdims=1)


def _axes(site: Site) -> list[int]:
    return [0, *range(2, len(site.layer.shape))]


NORMALIZATION_KINDS = (
    Kind("BatchNorm epsilon", graph=_epsilon("BatchNormalization"), step=_epsilon_step("batchNormalizationLayer")),
    Kind("LayerNorm epsilon", graph=_epsilon("LayerNormalization"), step=_epsilon_step("layerNormalizationLayer")),
    Kind(
        "InstanceNorm or GroupNorm epsilon",
        graph=_epsilon("InstanceNormalization"),
        step=lambda step: (
            _epsilon_step("groupNormalizationLayer")(step) or _epsilon_step("instanceNormalizationLayer")(step)
        ),
    ),
    Kind("BatchNorm batch statistics", graph=_batch_statistics),
)
