"""Batch, layer, group and instance normalization. Epsilon is always written: MATLAB's default differs from PyTorch's in some."""

from xverify.matlab_code.literals import number
from xverify.matlab_code.step import CodeLayer, Step, UnsupportedStepError, Written, ones, zeros
from xverify.matlab_code.value import Operand
from xverify.matlab_code.window_settings import Option


def batch_normalization(step: Step) -> Written:
    """A batchNormalizationLayer with the statistics of the training."""
    value = step.ordered(step.data)
    options = [(name, _vector(step, name)) for name in ("TrainedMean", "TrainedVariance")]
    return _normalized(step, [], options, value.labels)


def layer_normalization(step: Step) -> Written:
    """A layerNormalizationLayer over the channels.

    For sequences the layer averaged over time too, until 'OperationDimension' came (MathWorks' page of 2022; the release,
    R2023a, is recalled and not read again).
    """
    value = step.ordered(step.data)
    if value.labels[-1] != "C" or len(step.sizes("normalized_shape", 1, 1)) != 1:
        raise UnsupportedStepError("it normalizes another axis than the channels")
    if value.format == "CB":
        return _normalized(step, [], [], value.labels)
    if "S" in value.labels:
        raise UnsupportedStepError("its input is an image")
    return _normalized(step, [], [("OperationDimension", "'channel-only'")], value.labels, since="R2023a")


def group_normalization(step: Step) -> Written:
    """A groupNormalizationLayer."""
    return _normalized(step, [number(step.scalar("num_groups", 1))], [], _channels_second(step).labels)


def instance_normalization(step: Step) -> Written:
    """An instanceNormalizationLayer: it has no running statistics."""
    if step.scalar("use_input_stats", 1) == 0:
        raise UnsupportedStepError("MATLAB's layer has no running mean and variance")
    return _normalized(step, [], [], _channels_second(step).labels)


def onnx_instance_normalization(step: Step) -> Written:
    """ONNX's InstanceNormalization, whose scale and offset are constants: what PyTorch's layer without parameters becomes."""
    value = _channels_second(step)
    if not (step.has("operand_2") and step.has("operand_3")):
        raise UnsupportedStepError("its scale is computed")
    sizes = ", ".join("1" for _ in value.size("S"))
    shape = f"{sizes}, []" if sizes else "[], 1"
    options = []
    for name, operand in (("Scale", "operand_2"), ("Offset", "operand_3")):
        options += [(name, f"reshape({step.code(operand)}, {shape})"), (f"{name}LearnRateFactor", "0")]
    options.append(("Epsilon", number(step.scalar("epsilon", 1e-5))))
    return step.becomes(step.layer("instanceNormalizationLayer", [], options), value.labels)


def _channels_second(step: Step) -> Operand:
    if step.data.labels[1] != "C":
        raise UnsupportedStepError("its channels are not PyTorch's second axis")
    return step.ordered(step.data)


def _normalized(step: Step, positional: list[str], first: list[Option], labels: str, since: str = "") -> Written:
    options = [*first, *_scale(step), ("Epsilon", number(step.scalar("eps", 1e-5)))]
    layer: CodeLayer = step.layer(step.operation.op, positional, options, since=since)
    return step.becomes(layer, labels)


def _scale(step: Step) -> list[Option]:
    """Where PyTorch's layer has none, MATLAB's is 1 and 0, and stays so in training."""
    value = step.data
    shape = (*(1 for _ in value.size("S")), *value.size("C")) if "S" in value.labels else (*value.size("C"), 1)
    options = []
    for name, default in (("Scale", ones(*shape)), ("Offset", zeros(*shape))):
        if step.has(name):
            options.append((name, _vector(step, name)))
        else:
            options += [(name, default), (f"{name}LearnRateFactor", "0")]
    return options


def _vector(step: Step, name: str) -> str:
    """Images have it as it is stored, 1 x 1 x C; features and sequences as a column."""
    code = step.code(name)
    is_column = "S" in step.data.labels or step.array(name).shape[-1] == 1
    return code if is_column else f"{code}(:)"
