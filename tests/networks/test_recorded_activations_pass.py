"""A correct file of activations passes, in each form in which MATLAB or a person may write it."""

from pathlib import Path

import numpy as np
import torch
from peer_network import against, matlab_arrays
from scipy.io import savemat
from torch import Tensor, nn
from verdicts import explained

import xverify
from xverify.bundle.bundle import Bundle
from xverify.workflows.compare import compare


def test_correct_unlabelled_file_passes(bundle: Bundle, tmp_path: Path) -> None:
    comparison = against(bundle, matlab_arrays(bundle), tmp_path)
    assert comparison.passed, explained(comparison)
    assert comparison.coverage.compared == comparison.coverage.total
    assert any("unlabelled" in note for note in comparison.notes)


def test_double_precision_file_passes(bundle: Bundle, tmp_path: Path) -> None:
    assert against(
        bundle, {name: array.astype(np.float64) for name, array in matlab_arrays(bundle).items()}, tmp_path
    ).passed


def test_trailing_singletons_that_matlab_dropped_are_restored(tmp_path: Path) -> None:
    torch.manual_seed(0)
    single = xverify.export(nn.Sequential(nn.Conv2d(3, 1, 3), nn.ReLU()), torch.randn(1, 3, 7, 9), tmp_path / "net")
    arrays = matlab_arrays(single)
    assert all(array.shape == (5, 7, 1, 1) for array in arrays.values())
    dropped = {name: array.reshape(5, 7) for name, array in arrays.items()}
    comparison = against(single, dropped, tmp_path)
    assert comparison.passed, explained(comparison)


def test_integers_that_matlab_stored_compressed_still_pass(tmp_path: Path) -> None:
    """MATLAB stores a single array of whole numbers as small integers, and marks it single."""

    class Rounded(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return torch.floor(x * 3.0)

    torch.manual_seed(0)
    rounded = xverify.export(Rounded(), torch.randn(2, 5), tmp_path / "net")
    arrays = matlab_arrays(rounded)
    floor = next(layer.id for layer in rounded.manifest.layers if layer.operation == "floor")
    path = tmp_path / "activations.mat"
    # The class stands in the array flags, 16 bytes after the 128 of the file's header: 7 is single.
    savemat(path, {floor: arrays.pop(floor).astype(np.int16), **arrays})
    data = bytearray(path.read_bytes())
    assert data[144] == 10
    data[144] = 7
    path.write_bytes(data)
    comparison = compare(rounded, path)
    assert comparison.passed, explained(comparison)
