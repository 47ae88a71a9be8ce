"""`xverify compare`."""

from pathlib import Path

import click

from xverify.cli.boundary import MATCH, MISMATCH, command_line, shielded
from xverify.cli.options import PATH, console, verbosity


@click.command(short_help="Compare every layer of a bundle with PyTorch.")
@click.argument("bundle", type=PATH)
@click.option(
    "--against",
    multiple=True,
    default=["onnxruntime"],
    show_default=True,
    metavar="RUNTIME|FILE.mat",
    help="Where the other activations come from: onnxruntime, octave, matlab or a file. Repeat for a column each.",
)
@click.option(
    "--map", "variable_map", type=PATH, help="A TOML file that says which variable of FILE.mat holds which layer."
)
@click.option("--atol", type=float, help="Fixed absolute tolerance for every layer, instead of the calibrated one.")
@click.option("--rtol", type=float, help="Fixed relative tolerance (numpy's meaning), instead of the calibrated one.")
@click.option(
    "--layer",
    "layers",
    multiple=True,
    metavar="GLOB:atol=A,rtol=R",
    help="Fixed tolerance for some layers. Repeat; the last match wins.",
)
@click.option(
    "--allow",
    multiple=True,
    metavar="LAYER=REASON",
    help="Accept that a layer is not compared. Never accepts a failed one.",
)
@click.option(
    "--threads", default=0, type=click.IntRange(min=0), help="Threads of the runtime; 0 leaves the choice to it."
)
@click.option(
    "--timeout", type=click.FloatRange(min=0, min_open=True), help="Seconds for Octave or MATLAB. [default: 1800]"
)
@click.option("--all", "show_all", is_flag=True, help="List every layer, also of a run that passed.")
@click.option("--json", "json_file", type=PATH, help="Write the verdict as JSON (docs/reference/comparison-json.md).")
@click.option("--junit", "junit_file", type=PATH, help="Write JUnit XML: one test case a layer.")
@click.option("--markdown", "markdown_file", type=PATH, help="Write Markdown, for a job summary.")
@verbosity
def compare(
    bundle: Path,
    against: tuple[str, ...],
    variable_map: Path | None,
    atol: float | None,
    rtol: float | None,
    layers: tuple[str, ...],
    allow: tuple[str, ...],
    threads: int,
    timeout: float | None,
    show_all: bool,
    json_file: Path | None,
    junit_file: Path | None,
    markdown_file: Path | None,
    quiet: bool,
    verbose: bool,
) -> int:
    """Runs BUNDLE in onnxruntime, GNU Octave or MATLAB, or reads recorded activations, and compares every layer with PyTorch.

    With onnxruntime every parameter of model.onnx is checked bit for bit first. Each layer is then judged by its local error (the
    layer alone, on PyTorch's inputs) and by its accumulated error (the whole network). The run passes only if every layer was
    compared and passed.

    Settings are also read from xverify.toml or [tool.xverify] of pyproject.toml. Exit code 0: match, 1: mismatch.
    """
    from xverify.comparison.policy import fixed_tolerance, parse_allow_option, parse_layer_option, read_settings
    from xverify.workflows.compare import RunOptions, compare_all

    policy = read_settings(Path.cwd()).updated(
        fixed_tolerance(atol, rtol),
        [parse_layer_option(text) for text in layers],
        dict(parse_allow_option(text) for text in allow),
    )
    comparisons = compare_all(bundle, against, policy, RunOptions(threads, timeout, variable_map), command_line())
    if not quiet:
        from xverify.report.side_by_side import print_comparisons

        shielded(lambda: print_comparisons(comparisons, console(), show_all=show_all, verbose=verbose))
    files = {"json": json_file, "junit": junit_file, "markdown": markdown_file}
    if any(files.values()):
        from xverify.report.formats import write_report

        for name, path in files.items():
            if path is not None:
                write_report(name, comparisons, path)
    return MATCH if all(comparison.passed for comparison in comparisons) else MISMATCH
