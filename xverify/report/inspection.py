"""What a bundle holds, for the eye: the model, its environment, and every layer with its names on both sides."""

from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from xverify.bundle.manifest import Input, Layer, Manifest, Output
from xverify.report import numbers
from xverify.report.page import GAP, Column, Grid, Page, in_a_row
from xverify.report.text import one_line

_LAYOUTS = (
    ("id", "module path", "operation", "shape", "dims", "ONNX tensor", "parameters", "MATLAB layer"),
    ("id", "operation", "shape", "dims", "MATLAB layer"),
    ("id", "shape", "dims", "MATLAB layer"),
)
"""Columns of the table, the widest layout first; what has no column follows on a line below."""

_LAST_WIDTH = 24
"""A table is printed where its last column, the only one with sentences, has at least this much room."""


def print_layers(manifest: Manifest, console: Console) -> None:
    """Prints a bundle's listing: a table of layers where the console is wide enough, else a paragraph a layer.

    Args:
        manifest: The bundle's manifest.
        console: Where to; its width decides the layout, unless it is no terminal.
    """
    page = Page(console)
    page.facts(_about(manifest), indent=0)
    page.items("Warnings", manifest.warnings)
    page.heading(f"{numbers.count(len(manifest.layers), 'layer')}, in topological order")
    cells = [_cells(layer) for layer in manifest.layers]
    if not any(_print_table(page, columns, cells) for columns in _LAYOUTS):
        _print_paragraphs(page, cells)


def _about(manifest: Manifest) -> list[tuple[str, str]]:
    model, made = manifest.model, manifest.environment
    return [
        ("model", model.name),
        ("source", model.source),
        ("weights", model.weights),
        ("inputs", ", ".join(map(_input, manifest.inputs))),
        ("outputs", ", ".join(map(_output, manifest.outputs))),
        (
            "parameters",
            f"{len(manifest.parameters)}, {numbers.count(len(manifest.initializers), 'initializer')} in model.onnx",
        ),
        ("opset", f"{model.opset} (IR {model.ir_version})"),
        (
            "tolerances",
            f"{manifest.noise.k_local:g} x local, {manifest.noise.k_accumulated:g} x accumulated noise floor",
        ),
        ("exported", f"{made.date} with {made.command}"),
        (
            "environment",
            f"xverify {made.xverify}, Python {made.python}, torch {made.torch}, onnx {made.onnx}, "
            f"onnxruntime {made.onnxruntime}, numpy {made.numpy}, {made.platform}, {made.cpu} ({made.cpu_capability}), "
            f"{numbers.count(made.torch_threads, 'thread')}, seed {made.seed}",
        ),
        ("bundle id", manifest.bundle_id),
    ]


def _input(item: Input) -> str:
    return f"{item.name} {item.dtype} {numbers.shape(item.shape)} {item.dims}".rstrip()


def _output(item: Output) -> str:
    return f"{item.name} (layer {item.layer})" if item.name != item.layer else item.name


def _cells(layer: Layer) -> dict[str, str]:
    """What the listing says about a layer, by heading."""
    cells = {
        "id": layer.id,
        "module path": layer.module_path or "-",
        "operation": layer.operation,
        "shape": numbers.shape(layer.shape),
        "dims": layer.dims or "-",
        "ONNX tensor": _tensor(layer),
        "parameters": ", ".join(_inside(name, layer.module_path) for name in layer.parameters) or "-",
        "MATLAB layer": layer.matlab_layer or f"none: {layer.matlab_note}",
        "notes": "; ".join(layer.notes) or "-",
    }
    return {heading: one_line(text) for heading, text in cells.items()}


def _tensor(layer: Layer) -> str:
    """The value's name in model.onnx, and the value that it equals where its own node was removed: '= features_0'."""
    if layer.alias_of:
        return f"{layer.onnx_tensor} = {layer.alias_of}".strip()
    return layer.onnx_tensor or "-"


def _inside(parameter: str, module_path: str) -> str:
    """A parameter's name inside the layer's module: 'features.0.weight' in features.0 is '.weight'."""
    return parameter.removeprefix(module_path) if module_path and parameter.startswith(f"{module_path}.") else parameter


def _print_table(page: Page, columns: Sequence[str], layers: Sequence[dict[str, str]]) -> bool:
    """Prints the table; False, and nothing printed, where the console is too narrow for it."""
    *aligned, last = columns
    grid = Grid([Column(name) for name in aligned], [[page.text(cells[name]) for name in aligned] for cells in layers])
    if not page.fits(grid.width + GAP + _LAST_WIDTH):
        return False
    page.paragraph(page.text(last, "dim"), grid.heading() + " " * GAP)
    for cells, line in zip(layers, grid.lines(), strict=True):
        page.paragraph(page.text(cells[last]), line + " " * GAP)
        below = [f"{name} {text}" for name, text in _worth_telling(cells).items() if name not in columns]
        if below:
            page.paragraph(page.text("; ".join(below), "dim"), Text(" " * 4))
    return True


def _print_paragraphs(page: Page, layers: Sequence[dict[str, str]]) -> None:
    for layer in layers:
        cells = _worth_telling(layer)
        names = [page.text(cells.pop("id"), "bold"), page.text(cells.pop("module path", ""))]
        for line in page.wrapped(in_a_row(names), hanging=4):
            page.line(line)
        page.facts(list(cells.items()))


def _worth_telling(cells: dict[str, str]) -> dict[str, str]:
    """Cells that say something: not the empty ones, and no name that is the layer's id again."""
    return {name: text for name, text in cells.items() if text not in ("-", cells["id"]) or name == "id"}
