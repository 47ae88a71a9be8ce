"""Small bundles for tests of what reads bundles. They are made once a session: a test that changes one takes a copy."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from xverify.bundle.bundle import Bundle, load_bundle

if TYPE_CHECKING:
    import small_models

# An example may be slow on a busy machine; one that hangs still fails.
settings.register_profile("patient", deadline=10_000)
settings.load_profile("patient")

# Fixtures of single folders, in modules of their own: two files named conftest.py would be one module to Python.
pytest_plugins = ["cli_fixtures", "network_fixtures", "parity_fixtures"]

Copy = Callable[[Bundle], Bundle]


@pytest.fixture(scope="session")
def cnn_bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    """Convolutions, BatchNorm, pooling, a classifier; batch 2, H != W."""
    import small_models

    return _export(tmp_path_factory, small_models.cnn())


@pytest.fixture(scope="session")
def choices_bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    """float32, boolean and integer outputs of ranks 1 and 2, and a scalar; two inputs."""
    import small_models

    return _export(tmp_path_factory, small_models.choices())


@pytest.fixture(scope="session")
def aliases_bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    """Layers whose node is gone: aliases of the input, of an inner layer, and of what is an output itself."""
    import small_models

    return _export(tmp_path_factory, small_models.aliases())


@pytest.fixture(scope="session")
def verdict_bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    """A bundle made by hand of the layers in `verdict_cases`, for runtimes that do not read its model."""
    from handmade_bundles import handmade
    from verdict_cases import DIMS, OUTPUTS, VALUES

    return handmade(tmp_path_factory.mktemp("verdicts") / "net", VALUES, dims=DIMS, outputs=OUTPUTS)


@pytest.fixture(scope="session")
def recorded_bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    """A bundle made by hand of the layers in `matlab_recordings`."""
    from handmade_bundles import handmade
    from matlab_recordings import DIMS, VALUES

    return handmade(tmp_path_factory.mktemp("recorded") / "net", VALUES, dims=DIMS)


def _export(factory: pytest.TempPathFactory, made: "small_models.Made") -> Bundle:
    import xverify

    return xverify.export(made.model, made.inputs, factory.mktemp("bundles") / made.name, name=made.name)


@pytest.fixture
def copied(tmp_path: Path) -> Copy:
    """Copies a bundle to where a test may change it."""

    def copy(bundle: Bundle) -> Bundle:
        return load_bundle(shutil.copytree(bundle.path, tmp_path / bundle.path.name), verify=False)

    return copy
