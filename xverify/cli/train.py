"""`xverify train`: trains a CIFAR-10 network."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from xverify.cli.boundary import command_line

if TYPE_CHECKING:
    from xverify.training.run_folder import RunReport

DATA = click.Path(file_okay=False, path_type=Path)


@click.command(short_help="Train the published CIFAR-10 network.")
@click.option(
    "--data",
    required=True,
    type=DATA,
    help="CIFAR-10 as torchvision keeps it, or a folder with train/<class>/* and test/<class>/*.",
)
@click.option("--download", is_flag=True, help="Have torchvision download CIFAR-10 into --data.")
@click.option("-o", "--output", required=True, type=DATA, help="The run's folder.")
@click.option("--resume", is_flag=True, help="Continue the run in --output.")
@click.option(
    "--recipe",
    type=click.Choice(["published", "modern"]),
    help="How to train: as the study, or as well as we know.  [default: published]",
)
@click.option(
    "--without",
    "left_out",
    multiple=True,
    metavar="INGREDIENT",
    help="Leave an ingredient of the recipe out, e.g. crop. Repeat for several.",
)
@click.option(
    "--network", metavar="NETWORK", help="A variant of the network, e.g. 8-3-norm.  [default: 5-3-dropout-norm]"
)
@click.option("--epochs", type=click.IntRange(min=1), help="Passes over the training images.  [default: the recipe's]")
@click.option("--batch-size", type=click.IntRange(min=1), help="Images a step.  [default: the recipe's]")
@click.option(
    "--lr",
    "learning_rate",
    type=click.FloatRange(min=0, min_open=True),
    help="The learning rate, at its peak.  [default: the recipe's]",
)
@click.option("--seed", type=int, help="Decides weights, shuffling, dropout and the held-out images.  [default: 0]")
@click.option(
    "--precision",
    type=click.Choice(["fp32", "bf16", "auto"]),
    help="bf16 trains under autocast; auto where that is fast.  [default: the recipe's]",
)
@click.option(
    "--convolution",
    type=click.Choice(["direct", "winograd", "auto"]),
    help="winograd is faster on a CPU and rounds more; auto takes it there.  [default: the recipe's]",
)
@click.option(
    "--device",
    type=click.Choice(["auto", "cuda", "mps", "cpu"]),
    default="auto",
    show_default=True,
    help="Where to train; auto takes the fastest that torch finds.",
)
@click.option("--no-test", is_flag=True, help="Leave the test images unseen: for choosing among recipes.")
@click.option("--export", "bundle", type=DATA, help="Then export the best epoch's network into this bundle.")
def train(
    data: Path,
    output: Path,
    device: str,
    download: bool,
    resume: bool,
    recipe: str | None,
    left_out: tuple[str, ...],
    no_test: bool,
    bundle: Path | None,
    **changes: Any,
) -> None:
    """Train the published CIFAR-10 network, or a variant of it.

    5,000 of the training images (a tenth of a small data set) are held out to choose the best epoch; the test images
    are looked at once, at the end. An interrupted run loses at most one epoch: continue it with --resume, which needs
    no other options than --data and -o.
    """
    from xverify.bundle.folder import require_free
    from xverify.cli.train_progress import TrainProgress
    from xverify.training.settings import Settings
    from xverify.workflows.train import TrainRequest
    from xverify.workflows.train import train as run_training

    if bundle:
        require_free(bundle, force=False)  # before the hours of training, not after them
    given = {name: value for name, value in changes.items() if value is not None}
    request = TrainRequest(data, output, Settings(recipe, left_out, given), device, download, resume, not no_test)
    try:
        with TrainProgress() as progress:
            report = run_training(request, progress)
    except KeyboardInterrupt:
        click.echo(f"Continue later with: xverify train --data {data} -o {output} --resume", err=True)
        raise
    click.echo(_summary(report, output))
    if bundle:
        _export(output, bundle)


def _summary(report: "RunReport", folder: Path) -> str:
    tested = (
        "Test images not seen"
        if report.test_accuracy is None
        else f"Test accuracy {report.test_accuracy:.2%} ({report.data.test_images} images, seen once)"
    )
    return (
        f"{tested}, held-out accuracy {report.held_out_accuracy:.2%}, "
        f"best epoch {report.best_epoch} of {report.epochs_trained}.\n"
        f"{folder}: checkpoint.safetensors (best epoch), last.safetensors, metrics.csv, running-loss.csv, loss.png, "
        f"run.json"
    )


def _export(run: Path, bundle: Path) -> None:
    from xverify.workflows.export_run import export_run

    export_run(run, bundle, command_line(), click.echo)
    click.echo(f"Next: xverify compare {bundle} --against onnxruntime")
