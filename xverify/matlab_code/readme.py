"""README.md of a bundle: what is in the folder, and what to type on the machine that has MATLAB."""

from collections.abc import Iterator, Sequence

from xverify.bundle.bundle import MANIFEST, MODEL, WEIGHTS
from xverify.bundle.manifest import Input, Layer, Manifest
from xverify.bundle.weights import Operation, StoredParameter
from xverify.matlab_code.literals import plain
from xverify.matlab_code.names import script_name
from xverify.matlab_code.network import Blocker, plan

_SHOWN = 20
"""How many layers that stand in the way are listed."""


def readme(manifest: Manifest, graph: Sequence[Operation], parameters: Sequence[StoredParameter]) -> str:
    """The text, in Markdown. What comes from the model is in code spans, where Markdown and HTML do nothing."""
    name = script_name(manifest.model)
    lines = [
        *_title(manifest),
        *_matlab(name, manifest),
        *_build(name, plan(manifest, graph, parameters).blockers),
        *_octave(),
        *_files(name, manifest),
    ]
    return "\n".join(lines) + "\n"


def _title(manifest: Manifest) -> Iterator[str]:
    model = manifest.model
    yield f"# Network {code(model.name)}"
    yield ""
    yield "A network that was trained in PyTorch, for MATLAB: its weights, what PyTorch computes in every layer, and code to check that"
    yield f"MATLAB computes the same. Written by xverify {code(manifest.environment.xverify)} on {code(manifest.environment.date)}."
    yield ""
    known: dict[str, Input | Layer] = {layer.id: layer for layer in manifest.layers}
    known |= {item.id: item for item in manifest.inputs}
    for item in manifest.inputs:
        yield f"- input {code(item.name)}: {_sizes(item)}"
    for output in manifest.outputs:
        yield f"- output {code(output.name)}: {_sizes(known[output.layer])}"
    if model.classes:
        yield f"- {len(model.classes)} classes, in order: {', '.join(code(label) for label in model.classes)}"
    yield ""


def _sizes(item: Input | Layer) -> str:
    sizes = " x ".join(str(item.shape[axis]) for axis in item.array.permutation) or "a number"
    return f"{sizes} ({item.array.matlab_dims or 'PyTorch order'}) in MATLAB"


def _matlab(name: str, manifest: Manifest) -> Iterator[str]:
    yield "## In MATLAB"
    yield ""
    yield "**Not yet run in MATLAB.** The code keeps to what MATLAB R2021b and GNU Octave 7 both run, and was tried in Octave; what calls"
    yield "Deep Learning Toolbox was tried with stand-ins for it."
    yield ""
    yield "Copy this folder to the machine. The folder `matlab` with xverify's functions must lie in it (`xverify export --with-matlab`"
    yield "puts it there), or beside it. Then, in this folder:"
    yield ""
    converter = "Deep Learning Toolbox, its Converter for ONNX Model Format"
    yield _row("type", "what it does", "needs")
    yield _row("---", "---", "---")
    yield _row(
        f"`verify_{name}`", "runs the weights in plain MATLAB code and compares every layer with PyTorch", "nothing"
    )
    yield _row(f"`import_{name}`", f"imports `{MODEL}` and opens it in Deep Network Designer", converter)
    yield _row(
        f"`net = build_{name}`",
        "builds the network layer by layer; `deepNetworkDesigner(net)` opens it",
        "Deep Learning Toolbox",
    )
    yield _row(
        "`xverify.dlt.verify(pwd)`", "runs the imported network and compares every layer with PyTorch", converter
    )
    yield _row("`xverify.dlt.verify(pwd, 'How', 'build')`", "the same with the built network", "Deep Learning Toolbox")
    yield ""
    yield f"`{MODEL}` was written for MATLAB {plain(manifest.model.release) or 'R2024b'}; `help xverify.dlt.import` has more."
    yield ""


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _build(name: str, blockers: Sequence[Blocker]) -> Iterator[str]:
    if not blockers:
        yield f"To change the network, copy `build_{name}.m` and `{WEIGHTS}` to another folder first: Python checks the files of this"
        yield "one by their hashes."
        yield ""
        return
    yield f"`build_{name}` cannot build this network: Deep Learning Toolbox has no layers for a part of it. Import `{MODEL}` instead."
    yield ""
    for blocker in blockers[:_SHOWN]:
        yield f"- {code(blocker.layer)} ({code(blocker.operation)}): {plain(blocker.reason)}"
    if len(blockers) > _SHOWN:
        yield f"- and {len(blockers) - _SHOWN} more"
    yield ""


def _octave() -> Iterator[str]:
    yield "## In Python"
    yield ""
    yield "```sh"
    yield "xverify compare . --against activations.mat   # what MATLAB wrote"
    yield "xverify compare . --against octave            # or run it here, in GNU Octave"
    yield "```"
    yield ""


def _files(name: str, manifest: Manifest) -> Iterator[str]:
    references = sorted({layer.array.file for layer in manifest.layers} | {item.array.file for item in manifest.inputs})
    yield "## Files"
    yield ""
    yield "| file | holds |"
    yield "| --- | --- |"
    yield f"| `{MODEL}` | the network, for import |"
    yield f"| `{WEIGHTS}` | the network's steps, and its weights in MATLAB's layouts |"
    for file in references:
        yield f"| `{file}` | inputs, and what PyTorch computed in each layer |"
    yield f"| `build_{name}.m`, `import_{name}.m`, `verify_{name}.m` | see above |"
    yield f"| `{MANIFEST}` | what the bundle is: layers, tolerances, hashes, versions |"
    yield "| `matlab/` | xverify's functions, if the export put them there |"
    yield "| `activations.mat` | not there yet: what a run in MATLAB writes |"


def code(value: str) -> str:
    """A code span of one line of printable ASCII, which cannot be left; vertical bars would end a cell."""
    return f"`{plain(value).replace('`', chr(39)).replace('|', '/') or ' '}`"
