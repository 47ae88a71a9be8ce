"""What a training step costs: images a second of xverify's loop against the published one, in turn and in the same run.

    python benchmarks/training.py --data DIRECTORY [--device cuda] [--steps 8] [--rounds 5]

The published loop decodes every image in every epoch (torchvision's ImageFolder, ToTensor, Normalize, a DataLoader with
two workers) and computes in float32 with torch's defaults. All train the published network in batches of 60, each in a
process of its own, because xverify's settings of the memory allocator are for a whole process. The figure of a loop is the
median over the rounds. Then: which share of a step xverify's input pipeline takes, alone.
"""

import argparse
import itertools
import math
import multiprocessing
import statistics
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import msgspec
import torch
from torch import nn
from torch.utils.data import DataLoader
from torchvision import transforms
from torchvision.datasets import ImageFolder

from xverify.models.cifar import cifar10_net
from xverify.training.batches import batches
from xverify.training.data import Images
from xverify.training.devices import choose_device, compute_as_told, keep_freed_memory
from xverify.training.loop import LOSSES_AT_ONCE, new_learner, train_epoch
from xverify.training.recipe import Recipe
from xverify.training.recipes import MODERN, PUBLISHED, without
from xverify.training.settings import resolved
from xverify.workflows.read_data import read_data

BATCH = 60
TARGET_RATIO, TARGET_SHARE = 1.9, 0.10
THE_PUBLISHED = "published loop"
RECIPES = {
    "recipe published": msgspec.structs.replace(PUBLISHED, convolution="auto"),
    "recipe published, direct convolutions": PUBLISHED,
    "recipe modern": MODERN,
    "recipe modern, direct convolutions": without(MODERN, ["winograd"]),
    "recipe modern, channels first": without(MODERN, ["channels-last"]),
}

Loop = Callable[[], Iterator[object]]
"""Begins an epoch and yields after every step."""


@dataclass(frozen=True)
class Contender:
    """A loop in its process, ready to be timed."""

    loop: Loop
    device: torch.device
    input_seconds: Callable[[], float]


_contender: Contender | None = None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="a folder with train/<class>/* and test/<class>/*")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--steps", type=int, default=8, help="steps that are timed, a round (on a GPU, 300 is good)")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    device = choose_device(options.device)
    print(f"{device.type}, {torch.get_num_threads()} threads, batch {BATCH}")
    names = (THE_PUBLISHED, *RECIPES)
    spawn = multiprocessing.get_context("spawn")
    with ExitStack() as stack:
        processes = {
            name: stack.enter_context(
                ProcessPoolExecutor(1, spawn, initializer=_enter, initargs=(name, options.data, device))
            )
            for name in names
        }
        for ready in [process.submit(_ready) for process in processes.values()]:  # all read their data at once
            ready.result()
        rounds = [
            {name: processes[name].submit(_step_seconds, options.steps).result() for name in names}
            for _ in range(options.rounds)
        ]
        inputs = {name: processes[name].submit(_input_seconds).result() for name in RECIPES}
    _report({name: [times[name] for times in rounds] for name in names}, inputs)


def _enter(name: str, data: Path, device: torch.device) -> None:
    """Makes this process a contender."""
    global _contender  # noqa: PLW0603 - the way that an initializer hands something to the tasks of its process
    if name == THE_PUBLISHED:
        _contender = Contender(_published_loop(data / "train", device), device, lambda: 0.0)
        return
    keep_freed_memory()
    images = read_data(data).train
    recipe = resolved(msgspec.structs.replace(RECIPES[name], batch_size=BATCH), device)
    _contender = Contender(_our_loop(images, recipe, device), device, lambda: _seconds_of_input(images, recipe, device))


def _ready() -> None:
    """A process is started by its first task, and then made a contender."""
    assert _contender


def _step_seconds(steps: int) -> float:
    assert _contender
    return _seconds_a_step(_contender.loop(), steps, _contender.device)


def _input_seconds() -> float:
    assert _contender
    return _contender.input_seconds()


def _published_loop(folder: Path, device: torch.device) -> Loop:
    torch.manual_seed(0)
    network = cifar10_net().to(device)
    optimizer = torch.optim.Adam(network.parameters(), lr=0.0005)
    criterion = nn.CrossEntropyLoss()
    scale = transforms.Compose([transforms.ToTensor(), transforms.Normalize((0.5,) * 3, (0.5,) * 3)])
    loader = DataLoader(ImageFolder(str(folder), scale), batch_size=BATCH, shuffle=True, num_workers=2)

    def epoch() -> Iterator[object]:
        torch.backends.cudnn.allow_tf32, torch.backends.cudnn.deterministic = True, False  # torch's defaults
        network.train()
        for images, labels in loader:
            optimizer.zero_grad()
            loss = criterion(network(images.to(device)), labels.to(device))
            loss.backward()
            optimizer.step()
            yield loss.item()

    return epoch


def _our_loop(images: Images, recipe: Recipe, device: torch.device) -> Loop:
    torch.manual_seed(0)
    learner = new_learner(cifar10_net(), recipe, device)

    def epoch() -> Iterator[object]:
        compute_as_told()
        yield from train_epoch(learner, images, recipe, epoch=1)

    return epoch


def _seconds_a_step(epoch: Iterator[object], steps: int, device: torch.device) -> float:
    # Away from the CPU our loop hands out its losses in portions, so only whole portions can be timed.
    portion = 1 if device.type == "cpu" else LOSSES_AT_ONCE
    for _ in itertools.islice(epoch, max(3, 2 * portion)):
        pass
    _wait(device)
    begun = time.perf_counter()
    counted = sum(1 for _ in itertools.islice(epoch, portion * math.ceil(steps / portion)))
    _wait(device)
    return (time.perf_counter() - begun) / counted


def _seconds_of_input(images: Images, recipe: Recipe, device: torch.device, count: int = 200) -> float:
    """Seconds that a batch takes to be chosen, augmented and scaled, with nothing else running."""
    source = batches(images, recipe, 1, device)
    next(source)
    _wait(device)
    begun = time.perf_counter()
    counted = sum(1 for _ in itertools.islice(source, count))
    _wait(device)
    return (time.perf_counter() - begun) / counted


def _wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize()


def _report(seconds: dict[str, list[float]], inputs: dict[str, float]) -> None:
    print("| loop | images/s | against published (each round) | input pipeline, ms | its share of a step |")
    print("| --- | ---: | ---: | ---: | ---: |")
    for name, steps in seconds.items():
        ratios = [base / own for base, own in zip(seconds[THE_PUBLISHED], steps, strict=True)]
        step = statistics.median(steps)
        against = f"{statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})"
        share = f"{1000 * inputs[name]:.2f} | {inputs[name] / step:.1%}" if name in inputs else " | "
        print(f"| {name} | {BATCH / step:.0f} | {against} | {share} |")
    print(f"targets: at least {TARGET_RATIO} against published; input pipeline under {TARGET_SHARE:.0%} of a step")


if __name__ == "__main__":
    main()
