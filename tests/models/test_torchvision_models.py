import random
import warnings
from pathlib import Path

import pytest
import torch
from torch import nn

from xverify.errors import MissingDependencyError, XverifyError
from xverify.models.loading import load_model
from xverify.models.torchvision_models import build_torchvision, require_known

pytest.importorskip("torchvision")

NO_KEYS: frozenset[str] = frozenset()


@pytest.mark.parametrize(
    ("name", "shape"),
    [
        ("resnet18", (2, 3, 224, 224)),
        ("quantized_resnet18", (2, 3, 224, 224)),
        ("lraspp_mobilenet_v3_large", (2, 3, 224, 224)),
        ("r3d_18", (2, 3, 16, 112, 112)),
        ("s3d", (2, 3, 16, 224, 224)),
        ("raft_small", None),
        ("ssdlite320_mobilenet_v3_large", None),
    ],
)
def test_families_and_their_usual_input(name: str, shape: tuple[int, ...] | None) -> None:
    built = build_torchvision(name, NO_KEYS)

    assert (built.name, built.weights, built.default_shape) == (name, "", shape)


def test_a_backbone_is_not_downloaded(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_download(*_: object, **__: object) -> None:
        raise AssertionError("a download was tried")

    monkeypatch.setattr("torchvision.models._api.load_state_dict_from_url", no_download)

    assert build_torchvision("fcn_resnet50", NO_KEYS).name == "fcn_resnet50"


@pytest.mark.parametrize(("name", "head", "size"), [("googlenet", "aux1", 224), ("inception_v3", "AuxLogits", 299)])
def test_training_heads_exist_only_where_the_weights_have_them(name: str, head: str, size: int) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        bare = build_torchvision(name, NO_KEYS)
        full = build_torchvision(name, frozenset({f"module.{head}.conv.weight"}))

    assert bare.default_shape == (2, 3, size, size)
    assert getattr(bare.model, head, None) is None
    assert isinstance(getattr(full.model, head), nn.Module)
    assert bare.notes == ()
    assert "transform_input" in full.notes[0]


def test_the_auxiliary_classifier_of_a_segmentation_network_follows_the_weights() -> None:
    bare = build_torchvision("fcn_resnet50", frozenset({"classifier.4.weight"}))
    full = build_torchvision("fcn_resnet50", frozenset({"aux_classifier.4.weight"}))

    assert bare.model.aux_classifier is None
    assert isinstance(full.model.aux_classifier, nn.Module)


def test_an_unknown_name_gets_similar_ones() -> None:
    with pytest.raises(XverifyError, match="torchvision has no network 'resnet81'") as caught:
        load_model("torchvision:resnet81")
    assert "resnet18" in caught.value.hint
    with pytest.raises(XverifyError) as caught:
        require_known("torchvision", "qqq", ["resnet18", "alexnet"])
    assert caught.value.hint == "No name is similar. list_models() of torchvision lists all 2."


def test_torchvision_may_be_absent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "torchvision", None)

    with pytest.raises(MissingDependencyError, match="torchvision:resnet18 needs the package 'torchvision'"):
        load_model("torchvision:resnet18")


def test_without_weights_the_network_is_seeded_and_says_so() -> None:
    torch.manual_seed(random.randrange(1000))
    before = torch.random.get_rng_state()
    first = load_model("torchvision:shufflenet_v2_x0_5", seed=3)
    again = load_model("torchvision:shufflenet_v2_x0_5", seed=3)
    other = load_model("torchvision:shufflenet_v2_x0_5", seed=4)

    assert torch.equal(torch.random.get_rng_state(), before)
    assert (first.name, first.source) == ("shufflenet_v2_x0_5", "torchvision:shufflenet_v2_x0_5")
    assert first.weights == "seeded 3, randomised"
    assert "no trained network" in first.notes[1]
    for name, tensor in first.model.state_dict().items():
        assert torch.equal(tensor, again.model.state_dict()[name]), name
        if tensor.is_floating_point():
            assert not torch.equal(tensor, other.model.state_dict()[name]), name


def test_with_weights_it_has_those_and_no_others(tmp_path: Path) -> None:
    given = load_model("torchvision:shufflenet_v2_x0_5", seed=3).model.state_dict()
    path = tmp_path / "given.pt"
    torch.save(given, path)

    loaded = load_model("torchvision:shufflenet_v2_x0_5", weights=path, seed=9)

    assert loaded.weights.startswith("given.pt sha256 ")
    for name, tensor in given.items():
        assert torch.equal(loaded.model.state_dict()[name], tensor), name
