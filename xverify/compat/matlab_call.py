"""What to type in MATLAB: the import of a file, with the formats that its inputs and outputs need.

Formats must be given: without them networks came back without their weights, or collapsed into one custom layer (public
repositories).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePath

from onnx import ValueInfoProto

from xverify.compat.graph_view import GraphView
from xverify.compat.naming import make_valid_name
from xverify.compat.releases import Release

_FORMATS = {2: "BC", 4: "BCSS", 5: "BCSSS"}
_ALONG_CHANNELS = {"Conv", "ConvTranspose", "MaxPool", "AveragePool", "BatchNormalization", "InstanceNormalization"}
"""Operators whose second axis is the channels: a sequence that they read is BCT."""


@dataclass(frozen=True)
class MatlabCall:
    """Lines to type, and what only the user can know or see."""

    lines: tuple[str, ...]
    notes: tuple[str, ...]


def matlab_call(view: GraphView, file: str, release: Release) -> MatlabCall:
    """The import of a file by a release.

    Args:
        view: The file's graph.
        file: Its name.
        release: The release; importNetworkFromONNX exists from R2023b on.
    """
    inputs = [_format(item, view) for item in view.inputs]
    outputs = [_format(item, view) for item in view.graph.output]
    function = release.function
    options = [
        f"{function.input_formats}={_list(inputs)}",
        f"{function.output_formats}={_list(outputs)}",
        f"{function.namespace}={_text(make_valid_name(PurePath(file).stem))}",
    ]
    lines = [f"net = {function.name}({_text(file)}, ...", *(f"    {option}, ..." for option in options[:-1])]
    lines += [f"    {options[-1]});", "deepNetworkDesigner(net)"]
    return MatlabCall(tuple(lines), tuple(_notes(view, release, [*inputs, *outputs])))


def _format(item: ValueInfoProto, view: GraphView) -> str:
    """B batch, C channels, S space, T time, U unspecified; '?' where the file does not say how many axes there are."""
    rank = view.rank(item.name)
    if rank == 3:
        operators = {node.op_type for node in view.readers.get(item.name, ())}
        maker = view.makers.get(item.name)
        operators |= {maker.op_type} if maker is not None else set()
        return "BCT" if operators & _ALONG_CHANNELS else "BTC"
    return "?" if rank is None else _FORMATS.get(rank, "U" * rank)


def _notes(view: GraphView, release: Release, formats: Sequence[str]) -> list[str]:
    notes = []
    if len(view.inputs) > 1:
        names = ", ".join(item.name for item in view.inputs)
        notes.append(f"Check net.InputNames: the importer may put the inputs ({names}) into another order.")
    if any(len(text) == 3 and text != "UUU" for text in formats):
        notes.append("Three axes are BTC (batch, time, channels) or BCT: which of them, only you know.")
    if any("U" in text for text in formats):
        notes.append("U is an axis of unspecified meaning: write S, T or C where you know better.")
    if "?" in formats:
        notes.append("Replace '?': the file does not say how many axes there are.")
    if release.name == "R2021a":
        notes.append(f"{release.function.input_formats} is known from R2021b on.")
    return notes


def _list(formats: Sequence[str]) -> str:
    texts = [_text(text) for text in formats]
    return texts[0] if len(texts) == 1 else f"[{' '.join(texts)}]"


def _text(text: str) -> str:
    """A MATLAB string: quotes doubled, control characters gone."""
    clean = "".join(letter for letter in text if letter.isprintable())
    return '"' + clean.replace('"', '""') + '"'
