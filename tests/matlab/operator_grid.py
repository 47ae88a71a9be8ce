"""What PyTorch's exporter writes and the onnx package's test models do not try, by kind."""

from collections.abc import Callable, Iterator, Mapping

from operator_case import Case
from operator_grid_elements import activations, arithmetic, casts, orders, reductions
from operator_grid_layers import convolutions, normalizations, pools, products
from operator_grid_sequences import grid_samples, resizes, sequences
from operator_grid_shapes import parts, shapes

GROUPS: Mapping[str, Callable[[], Iterator[Case]]] = {
    "arithmetic": arithmetic,
    "activations": activations,
    "casts": casts,
    "shapes": shapes,
    "parts": parts,
    "reductions": reductions,
    "orders": orders,
    "products": products,
    "convolutions": convolutions,
    "pools": pools,
    "normalizations": normalizations,
    "resizes": resizes,
    "grid samples": grid_samples,
    "sequences": sequences,
}
"""What the cases try -> their maker."""
