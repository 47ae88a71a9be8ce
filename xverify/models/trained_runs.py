"""A folder that `xverify train` wrote, as a model: the network of its best epoch, which the weights themselves describe."""

from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from xverify.errors import XverifyError
from xverify.models.cifar import PUBLISHED_NETWORK, cifar10_net, network_of, parse_network
from xverify.models.source import Built
from xverify.models.weights_file import load_weights, read_weights

CHECKPOINT_FILE = "checkpoint.safetensors"
REPORT_FILE = "run.json"


class _Data(msgspec.Struct, frozen=True):
    classes: tuple[str, ...]
    image_size: tuple[int, int]


class _Report(msgspec.Struct, frozen=True):
    data: _Data


@dataclass(frozen=True)
class TrainedRun:
    """What an export or an evaluation needs to know of a run."""

    built: Built
    classes: tuple[str, ...]


def is_run(folder: Path) -> bool:
    """Whether `xverify train` wrote this folder."""
    return (folder / REPORT_FILE).is_file()


def build_run(folder: Path) -> TrainedRun:
    """The run's network with the weights of its best epoch.

    Raises:
        XverifyError: no epoch was finished, or a file is damaged.
    """
    path = folder / CHECKPOINT_FILE
    if not path.is_file():
        raise XverifyError(f"{folder} holds no {CHECKPOINT_FILE}: no epoch was finished.", "Train it with --resume.")
    try:
        data = msgspec.json.decode((folder / REPORT_FILE).read_bytes(), type=_Report).data
    except msgspec.MsgspecError as error:
        raise XverifyError(f"{folder / REPORT_FILE} is damaged: {error}", "Write it anew: train --resume.") from error
    built = build_checkpoint(path)
    return TrainedRun(replace(built, default_shape=(2, 3, *data.image_size)), data.classes)


def build_checkpoint(path: Path) -> Built:
    """The network of the CIFAR-10 family whose weights the file holds.

    Raises:
        XverifyError: the file cannot be read, or holds the weights of another network.
    """
    weights = read_weights(path)
    try:
        network, classes = network_of(weights.state)
    except XverifyError as error:
        raise XverifyError(f"{path}: {error.message}", error.hint) from error
    model = cifar10_net(classes, network)
    load_weights(model, weights)
    return Built(
        model,
        "cifar10",
        weights=f"{weights.file} sha256 {weights.sha256}",
        default_shape=(2, 3, 32, 32),
        notes=(f"network {network}, {classes} classes",),
    )


def build_cifar10(name: str) -> Built:
    """The network of `cifar10` or `cifar10:NETWORK`; `name` is what stands after the colon."""
    network = parse_network(name) if name else PUBLISHED_NETWORK
    return Built(cifar10_net(network=network), f"cifar10-{name}" if name else "cifar10", default_shape=(2, 3, 32, 32))
