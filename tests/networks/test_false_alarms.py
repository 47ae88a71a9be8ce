"""Correct networks pass: with few outputs, long recurrences and odd structures, with one thread and two, on another CPU path."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any, cast

import pytest
import torch
from few_output_networks import FEW_OUTPUTS
from octave_program import IS_MISSING
from operation_networks import OPERATIONS
from recurrent_networks import RECURRENT
from structured_networks import STRUCTURES
from torch import Tensor, nn
from verdicts import explained

import xverify
from xverify.bundle.bundle import Bundle
from xverify.comparison.policy import Policy
from xverify.comparison.results import Status
from xverify.errors import XverifyError
from xverify.workflows.compare import compare

HERE = Path(__file__).parent
NETWORKS = {**FEW_OUTPUTS, **RECURRENT, **OPERATIONS, **STRUCTURES}
CASES = [(name, seed) for name in FEW_OUTPUTS for seed in (0, 1, 2)] + [
    (name, 0) for name in (*RECURRENT, *OPERATIONS, *STRUCTURES)
]


def exported(name: str, seed: int, folder: Path) -> Bundle:
    torch.manual_seed(seed)
    model, inputs = NETWORKS[name]()
    return xverify.export(model, inputs, folder / name, seed=seed)


def require_pass(bundle: Bundle, threads: int) -> None:
    comparison = compare(bundle, threads=threads)
    assert comparison.passed, explained(comparison)
    assert comparison.coverage.compared == comparison.coverage.total == len(bundle.manifest.layers)
    assert comparison.parameters.checked == len(bundle.manifest.initializers)
    assert comparison.first_fault is None


@pytest.mark.parametrize(("name", "seed"), CASES)
def test_correct_network_passes_with_one_thread_and_two_and_in_octave(name: str, seed: int, tmp_path: Path) -> None:
    bundle = exported(name, seed, tmp_path)
    require_pass(bundle, threads=1)
    require_pass(bundle, threads=2)
    if not IS_MISSING:  # in CI it is there: the tests marked needs_octave fail otherwise
        comparison = compare(bundle, "octave", threads=1)
        assert comparison.passed, explained(comparison)
        assert comparison.coverage.compared == comparison.coverage.total


@pytest.mark.parametrize("name", FEW_OUTPUTS)
def test_networks_of_few_outputs_have_few(name: str) -> None:
    model, inputs = FEW_OUTPUTS[name]()
    with torch.no_grad():
        outputs = model.eval()(*(inputs if isinstance(inputs, tuple) else (inputs,)))
    assert outputs.numel() <= 2


EXPORT_ALL = """
import sys
from pathlib import Path
sys.path[:0] = [sys.argv[1], str(Path(sys.argv[1]).parent)]
from real_networks import export_network
from test_false_alarms import OTHER_PATH, OTHER_PATH_REAL, exported
for name in OTHER_PATH:
    exported(name, 7, Path(sys.argv[2]))
for name in OTHER_PATH_REAL:
    export_network(name, Path(sys.argv[2]) / name)
"""

OTHER_PATH = (
    "conv_bn_linear",
    "layer_norm_one",
    "mlp_two_gelu",
    "lstm_100_steps",
    "bilstm",
    "multihead_attention",
    "unet",
    "conv_3d",
)
OTHER_PATH_REAL = ("mobilenet_v3_small", "squeezenet1_1")


@pytest.mark.network
def test_reference_of_another_cpu_path_passes(tmp_path: Path) -> None:
    """PyTorch's kernels without AVX round differently: a reference from such a machine must still match."""
    if torch.backends.cpu.get_cpu_capability() == "DEFAULT":
        pytest.skip("this processor has only PyTorch's default kernels")
    command = [sys.executable, "-c", EXPORT_ALL, str(HERE), str(tmp_path)]
    subprocess.run(command, check=True, cwd=HERE.parents[1], env={**os.environ, "ATEN_CPU_CAPABILITY": "default"})
    for name in (*OTHER_PATH, *OTHER_PATH_REAL):
        bundle = xverify.load_bundle(tmp_path / name)
        assert bundle.manifest.environment.cpu_capability == "DEFAULT"
        require_pass(bundle, threads=1)


class Projected(nn.Module):
    """torch's exporter writes an LSTM that no runtime accepts."""

    def __init__(self) -> None:
        super().__init__()
        self.lstm = nn.LSTM(4, 6, proj_size=3)

    def forward(self, x: Tensor) -> Tensor:
        return cast("Tensor", self.lstm(x)[0])


class DataDependent(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x[x > 0] * 2.0


class Complex(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return torch.abs(torch.fft.rfft(x))


class Half(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x.half().float() * 2.0


@pytest.mark.parametrize(
    ("model", "inputs"),
    [
        (Projected(), torch.randn(7, 2, 4)),
        (DataDependent(), torch.randn(3, 4)),
        (Complex(), torch.randn(3, 8)),
        (Half(), torch.randn(3, 4)),
        (nn.EmbeddingBag(11, 4), torch.randint(0, 11, (3, 5))),
        (nn.LazyLinear(5), torch.randn(2, 6)),
        (nn.Identity(), torch.randn(2, 6)),
    ],
    ids=lambda value: type(value).__name__,
)
def test_network_that_cannot_be_verified_is_refused_with_a_hint(
    model: nn.Module, inputs: Tensor, tmp_path: Path
) -> None:
    with pytest.raises(XverifyError) as refusal:
        xverify.export(model, inputs, tmp_path / "net")
    assert refusal.value.hint
    assert list(tmp_path.iterdir()) == []


class StartsAtZero(nn.Module):
    """An LSTM cell whose first forget gate meets a zero state: one product is exactly zero on every input."""

    def __init__(self) -> None:
        super().__init__()
        self.cell = nn.LSTMCell(4, 6)

    def forward(self, x: Tensor) -> Tensor:
        h = c = torch.zeros(x.shape[0], 6)
        for step in range(3):
            h, c = self.cell(x[:, step], (h, c))
        return h


def test_all_zero_layer_is_not_compared_until_the_user_allows_it(tmp_path: Path) -> None:
    torch.manual_seed(0)
    bundle = xverify.export(StartsAtZero(), torch.randn(2, 3, 4), tmp_path / "cell")
    zero = [layer.id for layer in bundle.manifest.layers if layer.all_zero]
    assert len(zero) == 1
    assert any(zero[0] in warning for warning in bundle.manifest.warnings)

    strict = compare(bundle)
    assert not strict.passed
    assert [(layer.id, layer.status) for layer in strict.failed] == [(zero[0], Status.NOT_COMPARED)]

    allowed = compare(bundle, policy=Policy(allow={zero[0]: "the state starts at zero"}))
    assert allowed.passed, explained(allowed)
    assert [layer.permitted for layer in allowed.layers if layer.permitted] == ["the state starts at zero"]


class Recorder(nn.Module):
    """Remembers what forward was given, to show that the user's own tensors stay as they are."""

    def forward(self, x: Tensor) -> Tensor:
        return x.mul_(2.0).sin_()


def test_export_leaves_the_users_inputs_as_they_are(tmp_path: Path) -> None:
    given = torch.randn(2, 5)
    before = given.clone()
    bundle = xverify.export(Recorder(), given, tmp_path / "in_place")
    assert torch.equal(given, before)
    recorded: Any = bundle.reference(bundle.manifest.inputs[0])
    assert torch.equal(torch.from_numpy(recorded), before)
    require_pass(bundle, threads=1)
