"""The fully connected layer that a suspect is, read from its step."""

import numpy as np

from xverify.diagnosis.kernels.linear import Linear
from xverify.diagnosis.kernels.settings import is_setting, number, parameter
from xverify.diagnosis.kernels.trial import usable
from xverify.diagnosis.steps import Step
from xverify.diagnosis.suspect import Array, Suspect


def linear_of(suspect: Suspect) -> Linear | None:
    """The layer, or None where the suspect is none, or its weight is not known.

    A product with a parameter that is not a module's (ONNX: MatMul, Gemm) has the weight (in, out).
    """
    step = suspect.step
    if step is None or step.op not in {"fullyConnectedLayer", "MatMul", "Gemm"} or not usable(suspect):
        return None
    weight = _weight(step)
    bias = parameter(step, "bias", 2) if step.op != "MatMul" else None
    if weight is None or weight.ndim != 2:
        return None
    made = Linear(weight, None if bias is None else np.ravel(bias))
    return made if made.output_shape(suspect.inputs[0].shape) == suspect.expected.shape else None


def _weight(step: Step) -> Array | None:
    if step.op == "fullyConnectedLayer":
        return step.parameters.get("weight")
    constant = step.constants.get(1)
    plain = number(step, "alpha", 1) == 1 and number(step, "beta", 1) == 1 and not is_setting(step, "transA")
    if constant is None or constant.ndim != 2 or not plain:
        return None
    return constant if is_setting(step, "transB") else constant.T
