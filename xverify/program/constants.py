"""Values of the program that depend on no input: masks, positional encodings, transposed weights.

The exporter's folding computes them with numpy, whose sine or power may differ from PyTorch's in the last place. model.onnx
should hold what PyTorch used, so that operations that round nothing can be held to equality.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.fx import Node

from xverify.program.capture import Arguments
from xverify.program.execution import call, feeds
from xverify.program.layers import Network


def constant_values(network: Network, inputs: Arguments, wanted: set[str]) -> Iterator[tuple[str, NDArray[Any]]]:
    """PyTorch's own value of each wanted node that depends on parameters and shapes alone, by the node's name."""
    given = feeds(network, inputs)
    values: dict[Node, Any] = {}
    with torch.no_grad():
        for node in network.program.graph.nodes:
            if node.op == "placeholder" and not given[node.name][1]:
                values[node] = given[node.name][0]
            elif node.op == "call_function" and all(source in values for source in node.all_input_nodes):
                values[node] = call(node, values)
                if node.name in wanted and isinstance(values[node], Tensor):
                    yield node.name, np.array(values[node].detach().numpy())
