"""What a training step costs: images a second of xverify's loop against the published one, in turn and in the same run.

    python benchmarks/training.py --data DIRECTORY [--device cuda] [--steps 8] [--rounds 3]

The published loop decodes every image in every epoch (torchvision's ImageFolder, ToTensor, Normalize, a DataLoader with
two workers) and computes in float32 with torch's defaults. Both train the published network in batches of 60. The figure
of a loop is the median over the rounds. Then: which share of a step xverify's input pipeline takes, alone.
"""

import argparse
import itertools
import math
import statistics
import time
from collections.abc import Callable, Iterator
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
from xverify.training.devices import choose_device, compute_as_told
from xverify.training.loop import LOSSES_AT_ONCE, new_learner, train_epoch
from xverify.training.recipe import Recipe
from xverify.training.recipes import MODERN, PUBLISHED
from xverify.training.settings import resolved
from xverify.workflows.read_data import read_data

BATCH = 60
TARGET_RATIO, TARGET_SHARE = 1.9, 0.10

Loop = Callable[[], Iterator[object]]
"""Begins an epoch and yields after every step."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="a folder with train/<class>/* and test/<class>/*")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--steps", type=int, default=8, help="steps that are timed, a round (on a GPU, 300 is good)")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    device = choose_device(options.device)
    data = read_data(options.data)
    recipes = {name: _for_benchmark(recipe, device) for name, recipe in (("ours", PUBLISHED), ("modern", MODERN))}
    loops: dict[str, Loop] = {"published": _published_loop(options.data / "train", device)}
    loops |= {name: _our_loop(data.train, recipe, device) for name, recipe in recipes.items()}
    print(f"{device.type}, {torch.get_num_threads()} threads, batch {BATCH}, precision {recipes['ours'].precision}")
    seconds = _timed(loops, options.steps, options.rounds, device)
    _report(seconds, {name: _input_seconds(data.train, recipe, device) for name, recipe in recipes.items()})


def _for_benchmark(recipe: Recipe, device: torch.device) -> Recipe:
    """The named recipe at the published batch size, in the precision that xverify chooses here."""
    return resolved(msgspec.structs.replace(recipe, batch_size=BATCH, precision="auto"), device)


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


def _timed(loops: dict[str, Loop], steps: int, rounds: int, device: torch.device) -> dict[str, float]:
    """The median seconds a step of each loop; a round times every loop once, so that all see the same machine."""
    measured: dict[str, list[float]] = {name: [] for name in loops}
    for _ in range(rounds):
        for name, loop in loops.items():
            measured[name].append(_seconds_a_step(loop(), steps, device))
    return {name: statistics.median(times) for name, times in measured.items()}


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


def _input_seconds(images: Images, recipe: Recipe, device: torch.device, count: int = 200) -> float:
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


def _report(seconds: dict[str, float], inputs: dict[str, float]) -> None:
    print("| loop | images/s | against published | input pipeline, ms | its share of a step |")
    print("| --- | ---: | ---: | ---: | ---: |")
    for name, step in seconds.items():
        ratio = seconds["published"] / step
        share = f"{1000 * inputs[name]:.2f} | {inputs[name] / step:.1%}" if name in inputs else " | "
        print(f"| {name} | {BATCH / step:.0f} | {ratio:.2f} | {share} |")
    print(f"targets: at least {TARGET_RATIO} against published; input pipeline under {TARGET_SHARE:.0%} of a step")


if __name__ == "__main__":
    main()
