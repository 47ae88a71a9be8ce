from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from xverify.errors import XverifyError
from xverify.models.cifar import cifar10_net, parse_network
from xverify.models.trained_runs import build_checkpoint, build_cifar10, build_run, is_run

FIXTURE = Path(__file__).parents[2] / "fixtures" / "cifar10_net"


def test_the_committed_run_is_the_published_network() -> None:
    run = build_run(FIXTURE)

    assert is_run(FIXTURE)
    assert run.classes == tuple((FIXTURE / "classes.txt").read_text().split())
    assert run.built.default_shape == (2, 3, 32, 32)
    assert run.built.model.state_dict().keys() == cifar10_net().state_dict().keys()
    assert run.built.weights.startswith("checkpoint.safetensors sha256 ")


def test_a_checkpoint_brings_its_network_along(tmp_path: Path) -> None:
    network = cifar10_net(3, parse_network("7-1-dropout")).eval()
    save_file(network.state_dict(), tmp_path / "any.safetensors")
    images = torch.rand(2, 3, 9, 8)

    built = build_checkpoint(tmp_path / "any.safetensors")

    assert torch.equal(built.model.eval()(images), network(images))
    assert built.notes == ("network 7-1-dropout, 3 classes",)


def test_a_checkpoint_of_another_network_is_refused_by_name(tmp_path: Path) -> None:
    save_file({"weight": torch.zeros(3)}, tmp_path / "other.safetensors")

    with pytest.raises(XverifyError, match=r"other\.safetensors: .*not the weights of a CIFAR-10 network"):
        build_checkpoint(tmp_path / "other.safetensors")


def test_a_run_without_a_finished_epoch_is_refused(tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text("{}")

    with pytest.raises(XverifyError, match="no epoch was finished"):
        build_run(tmp_path)


def test_a_damaged_report_is_refused(tmp_path: Path) -> None:
    (tmp_path / "checkpoint.safetensors").write_bytes((FIXTURE / "checkpoint.safetensors").read_bytes())
    (tmp_path / "run.json").write_text("{")

    with pytest.raises(XverifyError, match=r"run\.json is damaged"):
        build_run(tmp_path)


def test_the_source_cifar10_may_name_a_variant() -> None:
    assert build_cifar10("").name == "cifar10"
    built = build_cifar10("8-3-norm")
    assert (built.name, built.default_shape) == ("cifar10-8-3-norm", (2, 3, 32, 32))
    assert built.model.state_dict().keys() == cifar10_net(network=parse_network("8-3-norm")).state_dict().keys()
