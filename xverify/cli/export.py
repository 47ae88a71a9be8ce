"""`xverify export`."""

from pathlib import Path

import click

from xverify.cli.boundary import MATCH, command_line, shielded
from xverify.cli.options import PATH, console, verbosity
from xverify.cli.preprocessing_options import preprocessing_options


@click.command(short_help="Write a bundle: ONNX, MATLAB weights and every layer's reference output.")
@click.argument("model")
@click.option("-o", "--output", type=PATH, required=True, help="The bundle's folder.")
@click.option("--weights", type=PATH, help="A state_dict: .safetensors, or .pt/.pth (read without pickle).")
@click.option(
    "--input",
    "shapes",
    multiple=True,
    metavar="[NAME=]SHAPE[:DTYPE[<BOUND]]",
    help="Shape of an input, e.g. 2x3x32x32. Repeat for several.",
)
@click.option("--inputs", "data", type=PATH, help="Real inputs: .npy, or .npz with one array an input.")
@click.option("--classes", type=PATH, help="Class names, one a line or as JSON: stored in the bundle.")
@preprocessing_options
@click.option("--seed", default=0, show_default=True, help="Of default inputs, seeded weights and jitter.")
@click.option(
    "--noise-runs",
    default=4,
    show_default=True,
    type=click.IntRange(min=0),
    help="Jittered runs that measure the noise floor.",
)
@click.option("--no-float64", is_flag=True, help="Skip the float64 truth; tolerances then rest on a rounding bound.")
@click.option(
    "--trust", is_flag=True, help="Load a .pt2 program: torch reads parts of it with pickle, which can run code."
)
@click.option("--release", default="R2024b", show_default=True, help="The MATLAB release that model.onnx is made for.")
@click.option("--dynamic-batch", is_flag=True, help="Let model.onnx take any number of inputs at once.")
@click.option("--with-matlab", is_flag=True, help="Copy the MATLAB code into the bundle: nothing else is needed there.")
@click.option("--force", is_flag=True, help="Replace an existing bundle.")
@verbosity
def export(
    model: str,
    output: Path,
    weights: Path | None,
    shapes: tuple[str, ...],
    data: Path | None,
    classes: Path | None,
    normalize: str,
    resize: str,
    crop: str,
    interpolation: str | None,
    channels: str | None,
    seed: int,
    noise_runs: int,
    no_float64: bool,
    trust: bool,
    release: str,
    dynamic_batch: bool,
    with_matlab: bool,
    force: bool,
    quiet: bool,
    verbose: bool,
) -> int:
    """Writes a bundle of MODEL, having compared the written ONNX with PyTorch layer by layer.

    MODEL is one of

    \b
      pkg.mod:factory        a function or class that returns the model, or (model, example_inputs)
      path/to/file.py:factory
      torchvision:resnet18   timm:NAME   cifar10   cifar10:8-3-norm
      runs/best              a folder of `xverify train`
      program.pt2            a saved torch.export program (needs --trust)
    """
    from xverify.workflows.export_command import ExportRequest, run_export
    from xverify.workflows.preprocessing import PreprocessingOptions

    request = ExportRequest(
        model=model,
        output=output,
        weights=weights,
        shapes=shapes,
        data=data,
        classes=classes,
        seed=seed,
        noise_runs=noise_runs,
        float64=not no_float64,
        trust=trust,
        release=release,
        dynamic_batch=dynamic_batch,
        with_matlab=with_matlab,
        force=force,
        command=command_line(),
        preprocessing=PreprocessingOptions(normalize, resize, crop, interpolation or "", channels or ""),
    )
    result = run_export(request, (lambda _: None) if quiet else _say)
    if verbose and not quiet:
        from xverify.report.terminal import print_comparison

        shielded(lambda: print_comparison(result.comparison, console(), show_all=True, verbose=True))
    return MATCH


def _say(text: str) -> None:
    shielded(lambda: click.echo(text))
