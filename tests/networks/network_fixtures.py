"""The bundles that the tests share.

Each real network is exported once a session, and removed when the last of its tests is done: pytest runs all tests of one
network together, because the fixture is parametrised for the session, and the xdist group keeps them on one worker.
"""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import peer_network
import pytest
import torch
from faults import Model
from real_networks import CHECKPOINT, NETWORKS, ROOT, export_network, is_available

import xverify
from xverify.bundle.bundle import Bundle


@dataclass(frozen=True)
class Exported:
    """A real network: its name, its bundle, the bundle's model for planting faults, and a folder for bundles with faults."""

    name: str
    bundle: Bundle
    model: Model
    scratch: Path


@pytest.fixture(
    scope="session",
    params=[pytest.param(name, marks=[pytest.mark.xdist_group(name), pytest.mark.network]) for name in NETWORKS],
)
def network(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Exported]:
    name: str = request.param
    if not is_available(name):
        pytest.skip(f"{CHECKPOINT.relative_to(ROOT)} is not there")
    folder = tmp_path_factory.mktemp(name)
    bundle = export_network(name, folder / "bundle")
    yield Exported(name, bundle, Model(bundle), folder)
    shutil.rmtree(folder)  # a gigabyte for vit_b_16, which pytest would keep for three sessions


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    """The small network of `peer_network`."""
    images = torch.randn(4, 3, 6, 6, generator=torch.Generator().manual_seed(1))
    return xverify.export(peer_network.net(), images, tmp_path_factory.mktemp("peers") / "net")
