"""`xverify evaluate-parity`."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import click

from xverify.cli.boundary import MATCH, printed, reported, shielded
from xverify.cli.options import PATH, console, require_different_files, written
from xverify.cli.preprocessing_options import preprocessing_options
from xverify.errors import XverifyError

ONNXRUNTIME = "onnxruntime"


@click.command("evaluate-parity", short_help="Compare decisions with PyTorch's on a whole data set.")
@click.argument("bundle", type=PATH)
@click.option("--data", type=PATH, required=True, help="A folder of images, torchvision's CIFAR-10, or a .npz file.")
@click.option(
    "--against",
    default=ONNXRUNTIME,
    show_default=True,
    metavar="RUNTIME|FILE.mat|FOLDER",
    help="The other side: onnxruntime, octave, matlab, or what xverify.evaluate wrote.",
)
@click.option("--limit", type=click.IntRange(min=1), help="Compare so many samples, spread evenly over the data set.")
@click.option(
    "--model", default="", help="The network in PyTorch, as for `export`; as the manifest names it if left out."
)
@click.option("--weights", type=PATH, help="Its weights file, if it has moved since the export.")
@click.option("--trust", is_flag=True, help="Load a .pt2 program: torch reads parts of it with pickle.")
@preprocessing_options
@click.option(
    "--threads", default=0, type=click.IntRange(min=0), help="Threads of both sides; 0 leaves the choice to them."
)
@click.option(
    "--timeout",
    type=click.FloatRange(min=0, min_open=True),
    help="Seconds for one start of Octave or MATLAB. [default: 1800]",
)
@click.option("--json", "json_file", type=PATH, help="Write the verdict as JSON (docs/reference/parity-json.md).")
@click.option("--csv", "csv_file", type=PATH, help="Write the samples that differ as CSV.")
@click.option(
    "--pixels", type=PATH, metavar="FILE.mat", help="Compare nothing: write the samples for xverify.evaluate elsewhere."
)
@click.option("-q", "--quiet", is_flag=True, help="Print nothing but errors; the exit code tells.")
def evaluate_parity(
    bundle: Path,
    data: Path,
    against: str,
    limit: int | None,
    model: str,
    weights: Path | None,
    trust: bool,
    normalize: str,
    resize: str,
    crop: str,
    interpolation: str | None,
    channels: str | None,
    threads: int,
    timeout: float | None,
    json_file: Path | None,
    csv_file: Path | None,
    pixels: Path | None,
    quiet: bool,
) -> int:
    """Runs PyTorch and another implementation of BUNDLE's network on every sample of a data set.

    PyTorch's network is built again, and refused unless all its parameters are those of the bundle, bit for bit. A sample may be
    decided differently only in a near tie, and its logits may be apart by what rounding explains. Exit code 0: so it is, 1: not.
    """
    from xverify.workflows.evaluate_parity import ParityRequest, write_samples
    from xverify.workflows.evaluate_parity import evaluate_parity as run
    from xverify.workflows.preprocessing import PreprocessingOptions

    said = PreprocessingOptions(normalize, resize, crop, interpolation or "", channels or "")
    request = ParityRequest(bundle, data, against, limit, model, weights, trust, said, threads, timeout)
    files = {"json": json_file, "csv": csv_file}
    if pixels is not None:
        _require_alone(against, files)
        count = write_samples(request, pixels)
        if not quiet:
            shielded(lambda: click.echo(f"{pixels}: {count} samples, for xverify.evaluate('{bundle}', '{pixels}')"))
        return MATCH
    from xverify.report.parity_report import differences_csv, print_parity, to_json

    require_different_files(files, [data, Path(against)])
    with _progress(quiet) as progress:
        parity = run(request, progress)
    failures = [] if quiet else printed(lambda: print_parity(parity, console()))
    failures += written(json_file, lambda: to_json(parity))
    failures += written(csv_file, lambda: differences_csv(parity))
    return reported(parity.passed, failures)


def _require_alone(against: str, files: Mapping[str, Path | None]) -> None:
    """Exit code 0 of --pixels is no verdict, and must not look like one."""
    said = ["--against"] if against != ONNXRUNTIME else []
    said += [f"--{name}" for name, path in files.items() if path is not None]
    if said:
        raise XverifyError(
            f"--pixels compares nothing, and leaves {', '.join(said)} without a meaning.", "Give one or the other."
        )


@contextmanager
def _progress(quiet: bool) -> Iterator[Callable[[int, int], None]]:
    """A bar on a terminal's stderr; nothing anywhere else."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    out = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=out, transient=True, disable=quiet or not out.is_terminal) as bar:
        task = bar.add_task("samples", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
