"""What a MATLAB network of a bundle must hold: for each layer its properties, and what PyTorch calls them."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from xverify.bundle.weights import Operation, StoredParameter
from xverify.weights.stored_network import StoredNetwork

_RECURRENT = frozenset({"lstmLayer", "bilstmLayer", "gruLayer"})


@dataclass(frozen=True)
class ExpectedLayer:
    """One layer of a MATLAB network that has parameters.

    Attributes:
        id: Its name in the network that build_NAME.m makes: a layer id of the bundle; each but the last of several recurrent
            layers that PyTorch has in one module has a number behind it ('lstm_layer1').
        layer: Id of the bundle's layer.
        op: MATLAB's constructor.
        names: All ids that the same step makes: an LSTM's sequence and its last hidden state.
        inputs: Names of the values that it reads.
        eps: Epsilon of a normalization.
        properties: MATLAB's property -> where weights.mat holds it.
        cell: Which of several recurrent layers of one module it is, from 0.
        cells: How many there are.
        columns: Sizes (height, width, channels) that a flattenLayer in front joins, in the network that build_NAME.m
            makes; () where its columns stand in PyTorch's order.
        flatten: Name of that flattenLayer, or ''.
    """

    id: str
    layer: str
    op: str
    names: tuple[str, ...]
    inputs: tuple[str, ...]
    eps: float
    properties: Mapping[str, StoredParameter] = field(repr=False)
    cell: int = 0
    cells: int = 1
    columns: tuple[int, ...] = ()
    flatten: str = ""


def expected_layers(network: StoredNetwork) -> tuple[ExpectedLayer, ...]:
    """The layers with parameters, in execution order, before anything is said about flattening."""
    return tuple(layer for step in network.steps if step.op.endswith("Layer") for layer in _of_step(step, network))


def loose_parameters(network: StoredNetwork) -> tuple[StoredParameter, ...]:
    """PyTorch's parameters that no MATLAB layer holds: constants of operators, counters, what was folded at export."""
    held = {key for step in network.steps if step.op.endswith("Layer") for key in step.parameters.values()}
    named = {name for key in held for name in network.parameters[key].names}
    return tuple(
        item for key, item in network.parameters.items() if key not in held and item.names and not named & {*item.names}
    )


def _of_step(step: Operation, network: StoredNetwork) -> list[ExpectedLayer]:
    if not step.parameters:
        return []
    stored = {name: network.parameters[key] for name, key in step.parameters.items()}
    if step.op not in _RECURRENT:
        return [_layer(step, step.layer, stored)]
    suffixes = [name.removeprefix("InputWeights") for name in stored if name.startswith("InputWeights")]
    return [
        _layer(
            step,
            step.layer if place == len(suffixes) - 1 else f"{step.layer}_layer{place + 1}",
            {name.removesuffix(suffix): item for name, item in stored.items() if _belongs(name, suffix)},
            place,
            len(suffixes),
        )
        for place, suffix in enumerate(suffixes)
    ]


def _belongs(name: str, suffix: str) -> bool:
    """Whether a property is that of one recurrent layer: 'Bias_l0' of '_l0', and not of '_l0_reverse'."""
    return any(name == f"{stem}{suffix}" for stem in ("InputWeights", "RecurrentWeights", "Bias"))


def _layer(
    step: Operation, name: str, properties: Mapping[str, StoredParameter], cell: int = 0, cells: int = 1
) -> ExpectedLayer:
    eps = step.attributes.get("eps", 0.0)
    names = (name, *step.outputs) if cell == cells - 1 else (name,)
    return ExpectedLayer(
        id=name,
        layer=step.layer,
        op=step.op,
        names=tuple(dict.fromkeys(names)),
        inputs=tuple(step.inputs),
        eps=float(eps) if isinstance(eps, (int, float)) else 0.0,
        properties=properties,
        cell=cell,
        cells=cells,
    )
