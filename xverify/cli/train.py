"""`xverify train`: trains the CIFAR-10 network."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from xverify.training.run_folder import RunReport


@click.command(short_help="Train the published CIFAR-10 network.")
@click.option(
    "--data",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="CIFAR-10 as torchvision keeps it, or a folder with train/<class>/* and test/<class>/*.",
)
@click.option("--download", is_flag=True, help="Have torchvision download CIFAR-10 into --data.")
@click.option(
    "-o", "--output", required=True, type=click.Path(file_okay=False, path_type=Path), help="The run's folder."
)
@click.option("--resume", is_flag=True, help="Continue the run in --output; --epochs can lengthen it.")
@click.option("--epochs", type=click.IntRange(min=1), help="Passes over the training images.  [default: 30]")
@click.option("--batch-size", type=click.IntRange(min=1), help="Images a step.  [default: 60]")
@click.option(
    "--lr",
    "learning_rate",
    type=click.FloatRange(min=0, min_open=True),
    help="Adam's learning rate.  [default: 0.0005]",
)
@click.option("--seed", type=int, help="Decides weights, shuffling, dropout and the held-out images.  [default: 0]")
@click.option("--precision", type=click.Choice(["fp32", "bf16"]), help="bf16 trains under autocast.  [default: fp32]")
@click.option(
    "--device",
    type=click.Choice(["auto", "cuda", "mps", "cpu"]),
    default="auto",
    show_default=True,
    help="Where to train; auto takes the fastest that torch finds.",
)
def train(data: Path, output: Path, device: str, download: bool, resume: bool, **recipe: Any) -> None:
    """Train the published CIFAR-10 network.

    5,000 of the training images (a tenth of a small data set) are held out to choose the best epoch; the test images
    are looked at once, at the end. An interrupted run loses at most one epoch: continue it with --resume, which needs
    no other options than --data and -o.
    """
    from xverify.cli.train_progress import TrainProgress
    from xverify.workflows.train import TrainRequest
    from xverify.workflows.train import train as run_training

    changes = {name: value for name, value in recipe.items() if value is not None}
    request = TrainRequest(data, output, changes, device, download, resume)
    try:
        with TrainProgress() as progress:
            report = run_training(request, progress)
    except KeyboardInterrupt:
        click.echo(f"Continue later with: xverify train --data {data} -o {output} --resume", err=True)
        raise
    click.echo(_summary(report, output))


def _summary(report: "RunReport", folder: Path) -> str:
    return (
        f"Test accuracy {report.test_accuracy:.2%} ({report.data.test_images} images, seen once), "
        f"held-out accuracy {report.held_out_accuracy:.2%}, "
        f"best epoch {report.best_epoch} of {report.epochs_trained}.\n"
        f"{folder}: checkpoint.safetensors (best epoch), last.safetensors, metrics.csv, running-loss.csv, loss.png, "
        f"run.json"
    )
