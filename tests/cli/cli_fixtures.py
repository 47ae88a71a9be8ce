"""A small model file and a bundle made from it by the command line itself."""

from pathlib import Path

import pytest

from xverify.cli.main import invoke

MODEL = """
import torch
from torch import nn


class Small(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(nn.Conv2d(3, 5, (3, 2), padding=1), nn.ReLU(), nn.BatchNorm2d(5))
        self.head = nn.Linear(5 * 7 * 6, 4)

    def forward(self, x):
        return self.head(self.features(x).flatten(1))


def small():
    torch.manual_seed(1)
    model = Small()
    norm = model.features[2]
    nn.init.uniform_(norm.running_mean, -0.3, 0.3)
    nn.init.uniform_(norm.running_var, 0.5, 1.5)
    return model


def with_nan():
    model = small()
    with torch.no_grad():
        model.head.weight[2, 3] = float("nan")
    return model


class Branches(nn.Module):
    def forward(self, x):
        return x * 2 if x.sum() > 0 else x - 1


class Half(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(3, 2).half()

    def forward(self, x):
        return self.layer(x)


class Slow(Small):
    def forward(self, x):
        import time

        if not torch.compiler.is_compiling():
            print("in forward", flush=True)
            time.sleep(60)
        return super().forward(x)


class Logarithm(nn.Module):
    def forward(self, x):
        return torch.log(x)
"""


@pytest.fixture(scope="session")
def model_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("cli-model") / "small_model.py"
    path.write_text(MODEL)
    return path


@pytest.fixture(scope="session")
def exported(model_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle that `xverify export` wrote. Tests that change it copy it first."""
    path = tmp_path_factory.mktemp("cli-bundle") / "small"
    assert invoke(["export", f"{model_file}:small", "--input", "2x3x7x5", "-o", str(path), "-q"]) == 0
    return path
