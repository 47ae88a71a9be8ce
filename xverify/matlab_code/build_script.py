"""`build_NAME.m`: MATLAB code that builds the network layer by layer.

It reads like the code that Deep Network Designer generates, and needs Deep Learning Toolbox alone: no importer, and none of
xverify's own functions. The network is a `dlnetwork` of a `layerGraph`: `layerGraph`, `addLayers`, `connectLayers` and
`dlnetwork(lgraph)` exist from R2021b to R2026a ("not recommended" since R2024a), while an empty `dlnetwork`, to which layers are
added, came with R2024a.

What has no layer in the toolbox:

- formulas of elements (hardswish, hardsigmoid, a sum with a constant, LogSoftmax) become `functionLayer`s that show the formula;
- so do a flattening that is not followed by fully connected layers alone, parts of an axis, one time step of a sequence, and
  enlarging; all are anonymous functions, so that a saved network needs no further file;
- for anything else (attention, reshaping, embeddings) the function raises `xverify:build:unsupported` and lists the layers: a
  network that computes something else would be worse than none.

The second result of the function, and the table at its end, say which value of PyTorch's network each layer holds: what
`xverify.dlt.verify` compares.
"""

from collections.abc import Iterator, Sequence

from xverify.bundle.manifest import Manifest
from xverify.bundle.weights import Operation, StoredParameter
from xverify.matlab_code.enlarging import NEIGHBOURS
from xverify.matlab_code.literals import call, plain, row, text
from xverify.matlab_code.names import script_name, title
from xverify.matlab_code.network import CodeNetwork, plan
from xverify.matlab_code.step import CodeLayer

NOT_RUN = (
    "Written for MATLAB R2021b and newer. Not yet run in MATLAB: tried in GNU Octave, with stand-ins for the toolbox."
)

_FOR_FLATTEN = """
function weights = for_flatten(weights, sizes)
%   Columns of a fully connected layer, from PyTorch's order to that of flattenLayer. SIZES is [height width channels] (a volume:
%   [height width depth channels]). PyTorch flattens with width fastest, then height (depth), then channels; flattenLayer goes
%   through MATLAB's array, height fastest. The same numbers are multiplied: only their places differ.
order = [2, 1, 3:numel(sizes)];
weights = reshape(weights, [size(weights, 1), sizes(order)]); % outputs x width x height x ...
weights = permute(weights, [1, order + 1]);
weights = reshape(weights, size(weights, 1), []);
end
"""

_NEIGHBOURS = """
function [low, high, weight] = neighbours(position, count)
%   For pixels of an enlarged image, at POSITION (from 0) in one of COUNT pixels: the two between which each lies, and how near it is
%   to the second.
position = min(position, count - 1);
low = floor(position) + 1;
high = min(low + 1, count);
weight = single(position - floor(position));
end
"""


def build_script(manifest: Manifest, graph: Sequence[Operation], parameters: Sequence[StoredParameter]) -> str:
    """The text of build_NAME.m, in ASCII.

    Args:
        manifest: Of the bundle; its files and hashes are not read.
        graph: The steps of weights.mat.
        parameters: Its parameters; only keys and shapes are used, and constants that are one number.
    """
    network = plan(manifest, graph, parameters)
    body = _unsupported(network) if network.blockers else _network(manifest, network)
    return "\n".join([*_head(manifest), *body]) + "\n"


def _head(manifest: Manifest) -> Iterator[str]:
    name = f"build_{script_name(manifest.model)}"
    yield f"function [net, values] = {name}(varargin)"
    yield f"%{name.upper()} Builds the network '{title(manifest.model)}' layer by layer."
    yield "%   The weights come from weights.mat beside this file."
    yield f"%   NET = {name.upper()}() is a dlnetwork. Open it with deepNetworkDesigner(net)."
    yield f"%   NET = {name.upper()}('WithSoftmax', true) ends with a softmaxLayer, 'xverify_softmax', for networks that give scores."
    yield f"%   [NET, VALUES] = {name.upper()}(...) also says which value of PyTorch's network each layer holds."
    yield "%"
    yield "%   Needs Deep Learning Toolbox, and weights.mat. To change the network, copy this file and weights.mat first."
    yield f"%   {NOT_RUN}"
    yield ""
    yield "withSoftmax = false;"
    yield "for k = 1:2:numel(varargin)"
    yield "  if k == numel(varargin) || ~strcmp(varargin{k}, 'WithSoftmax')"
    yield f"    error('xverify:build:option', '{name} takes the option WithSoftmax, true or false.');"
    yield "  end"
    yield "  withSoftmax = varargin{k + 1};"
    yield "end"


def _unsupported(network: CodeNetwork) -> Iterator[str]:
    yield "[net, values] = deal([], withSoftmax); %#ok<ASGLU> what follows ends the function"
    yield "blockers = { ..."
    for blocker in network.blockers:
        yield f"  {text(f'{blocker.layer} ({blocker.operation}): {blocker.reason}')}"
    yield "  };"
    yield "error('xverify:build:unsupported', ['Deep Learning Toolbox has no layers for a part of this network. Import model.onnx ' ..."
    yield "  'instead: xverify.dlt.import(folder). What stands in the way:\\n%s'], sprintf('  %s\\n', blockers{:}));"
    yield "end"


def _network(manifest: Manifest, network: CodeNetwork) -> Iterator[str]:
    yield from _release(network.layers)
    yield ""
    yield "here = fileparts(mfilename('fullpath'));"
    yield "loaded = load(fullfile(here, 'weights.mat'), 'parameters');"
    yield "w = loaded.parameters; % arrays in the layouts of MATLAB's layers"
    setup = [line for layer in network.layers for line in layer.setup]
    if setup:
        yield ""
        yield "% Constants of the network"
        yield from setup
    yield ""
    yield "lgraph = layerGraph();"
    chains = _chains(network.layers)
    for chain in chains:
        yield from _chain(chain)
    yield from _connections(chains)
    yield from _softmax(network)
    yield ""
    yield from _dlnetwork(network)
    yield "values = value_table();"
    yield "end"
    if any("for_flatten(" in argument for layer in network.layers for argument in layer.arguments):
        yield _FOR_FLATTEN.rstrip("\n")
    if any(f"= {NEIGHBOURS}(" in line for line in setup):
        yield _NEIGHBOURS.rstrip("\n")
    yield from _value_table(manifest, network)


def _release(layers: Sequence[CodeLayer]) -> Iterator[str]:
    newest = max((layer.since for layer in layers), default="")
    if newest:
        reasons = ", ".join(sorted({layer.function for layer in layers if layer.since == newest}))
        yield f"if isMATLABReleaseOlderThan('{newest}')"
        yield f"  error('xverify:build:release', 'This network needs MATLAB {newest} or newer: {reasons}.');"
        yield "end"


def _chains(layers: Sequence[CodeLayer]) -> list[list[CodeLayer]]:
    """Runs of layers in which each reads the one before it first: addLayers connects these by itself."""
    chains: list[list[CodeLayer]] = []
    for layer in layers:
        if chains and layer.inputs and layer.inputs[0] == chains[-1][-1].name:
            chains[-1].append(layer)
        else:
            chains.append([layer])
    return chains


def _chain(chain: Sequence[CodeLayer]) -> Iterator[str]:
    yield ""
    yield "layers = ["
    for layer in chain:
        if layer.comment:
            yield f"  % {plain(layer.comment)}"
        yield f"  {call(layer.function, layer.arguments, 2)}"
    yield "  ];"
    yield "lgraph = addLayers(lgraph, layers);"


def _connections(chains: Sequence[Sequence[CodeLayer]]) -> Iterator[str]:
    lines = []
    for chain in chains:
        for place, layer in enumerate(chain):
            for port, source in enumerate(layer.inputs):
                if place == 0 or port > 0:
                    target = f"{layer.name}/in{port + 1}" if len(layer.inputs) > 1 else layer.name
                    lines.append(f"lgraph = connectLayers(lgraph, {text(source)}, {text(target)});")
    if lines:
        yield ""
        yield "% Branches"
        yield from lines


def _softmax(network: CodeNetwork) -> Iterator[str]:
    yield ""
    yield "if withSoftmax"
    values = {value.layer: value for value in network.values.values()}
    value = values[network.outputs[0]]
    if any(layer.name == value.layer and layer.function == "softmaxLayer" for layer in network.layers):
        yield "  error('xverify:build:softmax', 'The network ends with a softmaxLayer already.');"
    elif len(network.outputs) == 1 and value.format == "CB":
        yield "  lgraph = addLayers(lgraph, softmaxLayer('Name', 'xverify_softmax'));"
        yield f"  lgraph = connectLayers(lgraph, {text(value.layer)}, 'xverify_softmax');"
    else:
        yield "  error('xverify:build:softmax', 'WithSoftmax needs a network with one output, of scores for each class.');"
    yield "end"


def _dlnetwork(network: CodeNetwork) -> Iterator[str]:
    """Outputs are the layers that nothing reads; where the model has them otherwise, or several, they are named."""
    read = {source for layer in network.layers for source in layer.inputs}
    ends = [layer.name for layer in network.layers if layer.name not in read]
    if ends == network.outputs:
        yield "net = dlnetwork(lgraph);"
        return
    yield f"outputs = {{{', '.join(text(name) for name in dict.fromkeys(network.outputs))}}}; % in PyTorch's order"
    yield "if withSoftmax"
    yield "  outputs = {'xverify_softmax'};"
    yield "end"
    yield "net = dlnetwork(lgraph, 'OutputNames', outputs);"


def _value_table(manifest: Manifest, network: CodeNetwork) -> Iterator[str]:
    yield ""
    yield "function values = value_table()"
    yield "%   For each value of PyTorch's network: its id in the bundle; the layer that holds it here; what PyTorch's axes mean (B batch,"
    yield "%   C channel, S space, T time, 1 an axis of size 1 that the MATLAB array lacks); and the size [height width channels] that a"
    yield "%   flattenLayer joined, [] elsewhere."
    yield "values = { ..."
    order = [*(item.id for item in manifest.inputs), *(layer.id for layer in manifest.layers)]
    for identifier in order:
        if value := network.values.get(identifier):
            sizes = row(value.flattened) if value.flattened else "[]"
            yield f"  {text(identifier)}, {text(value.layer)}, {text(value.labels)}, {sizes}"
    yield "  };"
    yield "end"
