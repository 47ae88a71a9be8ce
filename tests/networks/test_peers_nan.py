"""NaN and Inf fail wherever the reference has a number; NaN in the reference is refused.

torch.onnx's verification passes NaN against a number, and onnx2tf takes NaN on both sides for a match.
"""

from pathlib import Path

import numpy as np
import pytest
import torch
from peer_network import ACTIVATIONS_ALONE, against, edited, matlab_arrays, scale
from torch import Tensor, nn
from verdicts import failing_locally, result_of

import xverify
from xverify.bundle.bundle import Bundle
from xverify.comparison.policy import Fixed, Policy
from xverify.errors import XverifyError
from xverify.workflows.compare import compare


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("layer", ["conv1", "relu", "score"])
def test_nan_or_inf_against_a_number_fails(bundle: Bundle, tmp_path: Path, layer: str, value: float) -> None:
    arrays = matlab_arrays(bundle)
    arrays[layer] = arrays[layer].copy()
    arrays[layer].flat[arrays[layer].size // 2] = value
    comparison = against(bundle, arrays, tmp_path)
    assert [item.id for item in comparison.failed] == [layer]
    assert ("NaN" if np.isnan(value) else "Inf") in result_of(comparison, layer).reason


def test_nan_everywhere_fails(bundle: Bundle, tmp_path: Path) -> None:
    comparison = against(
        bundle, {name: np.full_like(array, np.nan) for name, array in matlab_arrays(bundle).items()}, tmp_path
    )
    assert len(comparison.failed) == comparison.coverage.total


def test_nan_against_a_number_fails_under_a_fixed_tolerance_too(bundle: Bundle, tmp_path: Path) -> None:
    arrays = matlab_arrays(bundle)
    arrays["score"] = np.full_like(arrays["score"], np.nan)
    comparison = against(bundle, arrays, tmp_path, Policy(default=Fixed(atol=1e6, rtol=1e6)))
    assert [layer.id for layer in comparison.failed] == ["score"]


def test_nan_weight_in_the_model_fails(bundle: Bundle, tmp_path: Path) -> None:
    with edited(bundle, tmp_path, lambda model: scale(model, "fc1_weight", np.nan)) as planted:
        comparison = compare(planted, policy=ACTIVATIONS_ALONE)
    assert not comparison.passed
    assert comparison.first_fault == "fc1"
    assert failing_locally(comparison) == ["fc1"]


class Logarithm(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return torch.log(x) * 2.0


def test_nan_on_both_sides_is_refused_at_export(tmp_path: Path) -> None:
    with pytest.raises(XverifyError, match="computes NaN"):
        xverify.export(Logarithm(), torch.tensor([[1.0, -1.0, 2.0]]), tmp_path / "net")
    assert not (tmp_path / "net").exists()


class Masked(nn.Module):
    """-Inf where a mask says so, as attention has it."""

    def forward(self, x: Tensor) -> Tensor:
        return x.masked_fill(x < 0, float("-inf")).softmax(dim=1)


def test_inf_of_one_sign_at_one_place_matches_and_the_other_sign_fails(tmp_path: Path) -> None:
    torch.manual_seed(3)
    masked = xverify.export(Masked(), torch.randn(3, 8), tmp_path / "net")
    arrays = matlab_arrays(masked)
    infinite = next(name for name, array in arrays.items() if np.isinf(array).any())
    assert compare(masked).passed
    assert against(masked, arrays, tmp_path).passed
    arrays[infinite] = np.where(np.isinf(arrays[infinite]), -arrays[infinite], arrays[infinite])
    assert [layer.id for layer in against(masked, arrays, tmp_path).failed] == [infinite]
