"""Options that say how an image becomes the network's input; `export` and `evaluate-parity` share them."""

import click

from xverify.cli.options import Command

_OPTIONS = (
    click.option(
        "--normalize",
        default="",
        metavar="MEAN/STD",
        help="Of pixels from 0 to 1, one number a channel: 0.485,0.456,0.406/0.229,0.224,0.225.",
    ),
    click.option("--resize", default="", metavar="N|HxW", help="Resize images: the shorter side, or height x width."),
    click.option("--crop", default="", metavar="N|HxW", help="Then keep the centre of this size."),
    click.option(
        "--interpolation",
        type=click.Choice(["bilinear", "bicubic", "nearest"]),
        help="How to resize (Pillow's). [default: bilinear]",
    ),
    click.option("--channels", type=click.Choice(["RGB", "BGR", "L"]), help="The network's channels. [default: RGB]"),
)


def preprocessing_options(command: Command) -> Command:
    """--normalize, --resize, --crop, --interpolation, --channels."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command
