"""`xverify inspect`."""

from pathlib import Path

import click

from xverify.cli.options import EXISTING_PATH


@click.command(short_help="List a bundle's layers and what they map to.")
@click.argument("bundle", type=EXISTING_PATH)
def inspect(bundle: Path) -> int:
    """Lists the layers of BUNDLE: module path, operation, shape, MATLAB layer, parameters, ONNX tensor; and how it was made."""
    from rich.console import Console

    from xverify.bundle.bundle import load_bundle
    from xverify.report.inspection import print_layers

    print_layers(load_bundle(bundle).manifest, Console())
    return 0
