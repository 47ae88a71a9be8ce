"""Faults in parameters: arrays in another order, rounded, lost, or another layer's."""

from collections.abc import Callable

import numpy as np

from planting.kinds.kind import Altered, Array, Kind, Parameters

LINEAR = {"Conv", "ConvTranspose", "Gemm", "MatMul"}
Alter = Callable[[Parameters, np.random.Generator], Altered | None]


def _kernel_swapped(own: Parameters, _: np.random.Generator) -> Altered | None:
    weight = own.arrays.get("weight")
    if weight is None or weight.ndim != 4 or weight.shape[2] != weight.shape[3] or weight.shape[2] < 2:
        return None
    return {"weight": weight.swapaxes(2, 3)}


def _kernel_flipped(own: Parameters, _: np.random.Generator) -> Altered | None:
    weight = own.arrays.get("weight")
    if weight is None or weight.ndim < 3 or np.prod(weight.shape[2:]) < 2:
        return None
    return {"weight": np.flip(weight, tuple(range(2, weight.ndim)))}


def _input_channels_reversed(own: Parameters, _: np.random.Generator) -> Altered | None:
    """RGB read as BGR, where it is the first layer."""
    weight = own.arrays.get("weight")
    if weight is None or own.operator == "ConvTranspose" or own.groups != 1 or weight.shape[1] < 2:
        return None
    return {"weight": weight[:, ::-1]}


def _output_channels_reversed(own: Parameters, _: np.random.Generator) -> Altered | None:
    weight = own.arrays.get("weight")
    if weight is None or own.operator == "ConvTranspose" or own.groups != 1 or weight.shape[0] < 2:
        return None
    return {name: array[::-1] for name, array in own.arrays.items()}


def _of_another_layer(own: Parameters, rng: np.random.Generator) -> Altered | None:
    return {"weight": own.others[rng.integers(len(own.others))]} if own.others else None


def _bias_dropped(own: Parameters, _: np.random.Generator) -> Altered | None:
    return {"bias": np.zeros_like(own.arrays["bias"])} if "bias" in own.arrays else None


def _bias_doubled(own: Parameters, _: np.random.Generator) -> Altered | None:
    return {"bias": 2 * own.arrays["bias"]} if "bias" in own.arrays else None


def _scale_lost(own: Parameters, _: np.random.Generator) -> Altered | None:
    return {"weight": np.ones_like(own.arrays["weight"])} if "weight" in own.arrays else None


def _bias_sign(own: Parameters, _: np.random.Generator) -> Altered | None:
    return {"bias": -own.arrays["bias"]} if "bias" in own.arrays else None


def _transposed(own: Parameters, _: np.random.Generator) -> Altered | None:
    weight = own.arrays.get("weight")
    if weight is None or own.operator not in {"Gemm", "MatMul"} or weight.shape[0] != weight.shape[1]:
        return None
    return {"weight": weight.T} if weight.shape[0] > 1 else None


def _mean_not_subtracted(own: Parameters, _: np.random.Generator) -> Altered | None:
    mean = own.arrays.get("running_mean")
    return None if mean is None else {"running_mean": np.zeros_like(mean)}


def _variance_of_sample(own: Parameters, _: np.random.Generator) -> Altered | None:
    """The running variance times n/(n-1), where n is the number of values of a channel."""
    variance = own.arrays.get("running_var")
    count = own.shape[0] * int(np.prod(own.shape[2:]))
    return None if variance is None or count < 2 else {"running_var": variance * np.float32(count / (count - 1))}


def _float16(weight: Array) -> Array:
    return weight.astype(np.float16).astype(np.float32)


def _bfloat16(weight: Array) -> Array:
    """To the nearest with a mantissa of 8 bits; ties to even."""
    bits = np.ascontiguousarray(weight).view(np.uint32)
    rounded = (bits + 0x7FFF + (bits >> 16 & 1)) & np.uint32(0xFFFF0000)
    return rounded.astype(np.uint32).view(np.float32)


def _int8(weight: Array) -> Array:
    """One scale for the tensor, symmetric."""
    scale = np.abs(weight).max() / np.float32(127)
    return (np.round(weight / scale) * scale).astype(np.float32) if scale > 0 else weight


def _rounded(to: Callable[[Array], Array]) -> Alter:
    def alter(own: Parameters, _: np.random.Generator) -> Altered | None:
        return {"weight": to(own.arrays["weight"])} if "weight" in own.arrays else None

    return alter


def _one_weight(relative: float) -> Alter:
    """One weight that is not zero, at random, larger by this much of itself."""

    def alter(own: Parameters, rng: np.random.Generator) -> Altered | None:
        weight = own.arrays.get("weight")
        if weight is None or not weight.any():
            return None
        flat = weight.reshape(-1).copy()
        flat[rng.choice(np.flatnonzero(flat))] *= np.float32(1 + relative)
        return {"weight": flat.reshape(weight.shape)}

    return alter


def _scaled(relative: float) -> Alter:
    """Weight and bias, and so the whole output, larger by this much of themselves."""
    return lambda own, _: {name: array * np.float32(1 + relative) for name, array in own.arrays.items()}


def _only(operators: set[str], alter: Alter) -> Alter:
    return lambda own, rng: alter(own, rng) if own.operator in operators else None


def _linear(name: str, alter: Alter) -> Kind:
    return Kind(name, parameters=_only(LINEAR, alter))


def _norm(name: str, alter: Alter) -> Kind:
    return Kind(name, parameters=_only({"BatchNormalization"}, alter))


PARAMETER_KINDS = (
    _linear("kernel H/W exchanged", _kernel_swapped),
    _linear("kernel flipped", _kernel_flipped),
    _linear("input channels reversed", _input_channels_reversed),
    _linear("output channels reversed", _output_channels_reversed),
    _linear("weights of another layer", _of_another_layer),
    _linear("bias dropped", _bias_dropped),
    _linear("bias sign", _bias_sign),
    _linear("bias doubled", _bias_doubled),
    _linear("linear weight transposed", _transposed),
    _norm("BatchNorm scale missing", _scale_lost),
    _norm("BatchNorm offset missing", _bias_dropped),
    _norm("BatchNorm offset sign", _bias_sign),
    _norm("BatchNorm mean not subtracted", _mean_not_subtracted),
    _norm("BatchNorm variance n/(n-1)", _variance_of_sample),
    _linear("weights rounded to float16", _rounded(_float16)),
    _linear("weights rounded to bfloat16", _rounded(_bfloat16)),
    _linear("weights rounded to int8", _rounded(_int8)),
    _linear("one weight off by 1%", _one_weight(1e-2)),
    _linear("one weight off by 0.01%", _one_weight(1e-4)),
    _linear("output scaled by 1 + 1e-3", _scaled(1e-3)),
    _linear("output scaled by 1 + 1e-5", _scaled(1e-5)),
    _linear("output scaled by 1 + 1e-6", _scaled(1e-6)),
)
