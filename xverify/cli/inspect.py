"""`xverify inspect`."""

from pathlib import Path

import click

from xverify.cli.boundary import MATCH, shielded
from xverify.cli.options import PATH, console


@click.command(short_help="List a bundle's layers and what they map to.")
@click.argument("bundle", type=PATH)
def inspect(bundle: Path) -> int:
    """Lists the layers of BUNDLE: module path, operation, shape, MATLAB layer, parameters, ONNX tensor; and how it was made."""
    from xverify.bundle.bundle import load_bundle
    from xverify.report.inspection import print_layers

    manifest = load_bundle(bundle).manifest
    shielded(lambda: print_layers(manifest, console()))
    return MATCH
