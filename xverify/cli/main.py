"""The `xverify` command: an explicit list of its commands, each in a module of its own."""

import sys
from collections.abc import Sequence

import click

from xverify.cli import boundary
from xverify.cli.check import check
from xverify.cli.compare import compare
from xverify.cli.convert import convert
from xverify.cli.evaluate import evaluate
from xverify.cli.evaluate_parity import evaluate_parity
from xverify.cli.experiments import experiments
from xverify.cli.explain import explain
from xverify.cli.export import export
from xverify.cli.inspect import inspect
from xverify.cli.reimport import reimport
from xverify.cli.report import report
from xverify.cli.run import run as run_bundle
from xverify.cli.train import train
from xverify.cli.weights import weights
from xverify.version import VERSION


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(VERSION, prog_name="xverify")
def main() -> None:
    """Proves that a network trained in PyTorch computes the same thing elsewhere, layer by layer.

    \b
      xverify export MODEL -o BUNDLE     write a bundle: ONNX, MATLAB weights, every layer's reference output
      xverify compare BUNDLE             run it in onnxruntime or Octave and compare every layer with PyTorch
      xverify report RESULTS.json...     make reports from saved comparisons, side by side or as a history
      xverify explain BUNDLE LAYER       look at one layer in depth: where its error is, and its cause
      xverify evaluate-parity BUNDLE     compare its decisions with PyTorch's on a whole data set
      xverify weights BUNDLE FILE.mat    compare its parameters with a MATLAB network's
      xverify reimport BUNDLE FILE.mat   bring a MATLAB network's parameters back into PyTorch
      xverify check FILE.onnx|BUNDLE     predict what MATLAB's importer will make of it
      xverify convert FILE.onnx -o OUT   make any ONNX file ready for MATLAB's importer

    Exit codes: 0 match, 1 mismatch, 2 your input, 3 a fault of xverify, 130 interrupted.
    """


for command in (
    train,
    experiments,
    evaluate,
    evaluate_parity,
    export,
    compare,
    report,
    explain,
    run_bundle,
    weights,
    reimport,
    inspect,
    check,
    convert,
):
    main.add_command(command)


def run() -> None:
    """The entry point: runs the command line and exits with its code."""
    boundary.interrupt_when_terminated()
    sys.exit(invoke())


def invoke(arguments: Sequence[str] | None = None) -> int:
    """Runs one command line (the process's own, if None) and returns its exit code, having told the user what went wrong."""
    return boundary.exit_code_of(lambda: _invoke(arguments))


def _invoke(arguments: Sequence[str] | None) -> int:
    try:
        result = main.main(arguments, prog_name="xverify", standalone_mode=False)
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except click.exceptions.Abort:
        raise KeyboardInterrupt from None
    except click.exceptions.NoArgsIsHelpError as error:  # `xverify` alone: the help
        error.show()
        return boundary.USER_ERROR
    except click.ClickException as error:
        raise boundary.explained(error) from error
    return result if isinstance(result, int) else boundary.MATCH
