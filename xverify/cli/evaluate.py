"""`xverify evaluate`."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from xverify.cli.boundary import shielded
from xverify.cli.options import PATH

if TYPE_CHECKING:
    from xverify.workflows.evaluate import EvaluationReport


@click.command(short_help="Classify the test images: accuracy, each class, confusion matrix.")
@click.argument("network", type=PATH)
@click.option("--data", type=PATH, required=True, help="The images, as for `xverify train`; only test images are used.")
@click.option("--download", is_flag=True, help="Have torchvision download CIFAR-10 into --data.")
@click.option("--json", "json_file", type=PATH, help="Write the result as JSON.")
@click.option("--csv", "csv_file", type=PATH, help="Write the confusion matrix as CSV.")
@click.option("--png", "png_file", type=PATH, help="Draw the confusion matrix.")
@click.option("-q", "--quiet", is_flag=True, help="Print nothing but errors.")
def evaluate(
    network: Path,
    data: Path,
    download: bool,
    json_file: Path | None,
    csv_file: Path | None,
    png_file: Path | None,
    quiet: bool,
) -> None:
    """Classifies every test image once and says how many are right, with 95% intervals.

    NETWORK is a bundle, which runs in onnxruntime; or a folder of `xverify train`, whose best epoch is taken, or a weights
    file of a CIFAR-10 network, which run in PyTorch. A bundle's images are prepared as it says, all others scaled to [-1, 1].
    """
    import msgspec

    from xverify.report.formats import write_file
    from xverify.workflows.evaluate import EvaluateRequest
    from xverify.workflows.evaluate import evaluate as run_evaluation

    report = run_evaluation(EvaluateRequest(network, data, download))
    if not quiet:
        shielded(lambda: click.echo(_words(report)))
    if json_file is not None:
        write_file(json_file, msgspec.json.format(msgspec.json.encode(report), indent=2) + b"\n")
    if csv_file is not None or png_file is not None:
        from xverify.training.confusion import confusion_csv, confusion_plot

        if csv_file is not None:
            write_file(csv_file, confusion_csv(report.scores))
        if png_file is not None:
            write_file(png_file, confusion_plot(report.scores))


def _words(report: "EvaluationReport") -> str:
    scores = report.scores
    width = max(len(item.name) for item in scores.classes)
    lines = [
        f"{report.network} in {report.runtime}, {report.data.images} test images ({report.data.source})",
        f"top-1 {scores.accuracy:.2%}, 95% interval {scores.interval.low:.2%} to {scores.interval.high:.2%}",
        "",
    ]
    lines += [
        f"  {item.name:<{width}}  {item.accuracy:7.2%}  ({item.interval.low:.1%} to {item.interval.high:.1%})"
        for item in scores.classes
    ]
    lines += [f"\nNOTE {note}" for note in report.notes]
    return "\n".join(lines)
