import copy
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from xverify.errors import XverifyError
from xverify.models.exported_programs import build_exported
from xverify.models.loading import load_model


class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(3, 4)
        self.norm = nn.BatchNorm1d(4)
        self.drop = nn.Dropout(0.5)

    def forward(self, values: Tensor, *, scale: Tensor) -> dict[str, Tensor]:
        return {"scaled": self.drop(self.norm(self.layer(values))) * scale}


ARGS = (torch.linspace(-1, 1, 6).reshape(2, 3),)
KWARGS = {"scale": torch.tensor([1.0, 2.0, 3.0, 4.0])}


def saved(folder: Path, model: nn.Module) -> Path:
    path = folder / "some_net.pt2"
    torch.export.save(torch.export.export(model, ARGS, KWARGS), path)
    return path


@pytest.fixture
def model() -> nn.Module:
    return Net().eval()


def test_an_untrusted_file_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "net.pt2"
    path.write_bytes(b"not even a program")

    with pytest.raises(XverifyError, match=r"refused.*with pickle.*can run any code") as caught:
        load_model(str(path))

    assert "--trust" in caught.value.hint


def test_a_trusted_program_computes_what_the_model_computes(tmp_path: Path, model: nn.Module) -> None:
    loaded = load_model(str(saved(tmp_path, model)), trust=True)

    assert loaded.example is not None
    args, kwargs = loaded.example
    assert torch.equal(args[0], ARGS[0])
    assert torch.equal(loaded.model(*args, **kwargs)["scaled"], model(*ARGS, **KWARGS)["scaled"])
    assert loaded.name == "some_net"
    assert loaded.weights.startswith("inside some_net.pt2 sha256 ")
    assert any("pickle" in note for note in loaded.notes)


def test_eval_works_on_it_and_on_its_copies(tmp_path: Path, model: nn.Module) -> None:
    program = build_exported(str(saved(tmp_path, model)), trust=True).model

    assert not program.eval().training
    assert not copy.deepcopy(program).eval().training
    assert set(program.state_dict()) == set(model.state_dict())


@pytest.mark.parametrize("trains", ["norm", "drop"])
def test_a_program_that_trains_is_refused_with_the_node(tmp_path: Path, model: nn.Module, trains: str) -> None:
    model.get_submodule(trains).train()

    with pytest.raises(XverifyError, match=rf"in training mode: its node (batch_|)?{trains}.* trains") as caught:
        build_exported(str(saved(tmp_path, model)), trust=True)

    assert "model.eval()" in caught.value.hint


@pytest.mark.parametrize("content", [b"", b"something else", b"PK\x03\x04 broken"])
def test_a_damaged_file_is_reported(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "net.pt2"
    path.write_bytes(content)

    with pytest.raises(XverifyError, match=r"torch cannot read .*net\.pt2"):
        build_exported(str(path), trust=True)


def test_a_missing_file_is_reported(tmp_path: Path) -> None:
    with pytest.raises(XverifyError, match="There is no file"):
        build_exported(str(tmp_path / "absent.pt2"), trust=True)


def test_weights_beside_a_program_are_refused(tmp_path: Path, model: nn.Module) -> None:
    weights = tmp_path / "weights.pt"
    torch.save(model.state_dict(), weights)

    with pytest.raises(XverifyError, match="holds its own weights"):
        load_model(str(saved(tmp_path, model)), weights=weights, trust=True)
