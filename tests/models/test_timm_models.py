import sys

import pytest
import torch

from xverify.errors import MissingDependencyError, XverifyError
from xverify.models.loading import load_model


def test_timm_may_be_absent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "timm", None)

    with pytest.raises(MissingDependencyError, match="timm:resnet18 needs the package 'timm'") as caught:
        load_model("timm:resnet18")

    assert caught.value.hint == "pip install 'xverify[timm]'"


def test_a_network_is_seeded_like_torchvisions() -> None:
    pytest.importorskip("timm")
    loaded = load_model("timm:test_resnet.r160_in1k", seed=5)

    assert loaded.default_shape == (2, 3, 160, 160)
    assert loaded.weights == "seeded 5, randomised"
    images = torch.randn(loaded.default_shape, generator=torch.Generator().manual_seed(1))
    output = loaded.model(images).detach()
    assert output.shape == (2, 1000)
    assert float((output[0] - output[1]).norm() / output.norm()) > 0.05


def test_an_unknown_name_gets_similar_ones_and_an_unknown_tag_is_told() -> None:
    pytest.importorskip("timm")
    with pytest.raises(XverifyError, match="timm has no network 'resnte18'") as caught:
        load_model("timm:resnte18")
    assert "resnet18" in caught.value.hint
    with pytest.raises(XverifyError, match=r"timm cannot build 'test_resnet\.nowhere'"):
        load_model("timm:test_resnet.nowhere")
    with pytest.raises(XverifyError, match="timm has no network 'hf-hub:timm/resnet18'"):
        load_model("timm:hf-hub:timm/resnet18")
