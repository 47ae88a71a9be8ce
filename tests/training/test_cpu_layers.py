"""The faster dropout keeps what torch's keeps of its promises; gradients in channels_last have torch's values."""

import copy

import pytest
import torch
from torch import Tensor, nn
from torch.testing import assert_close

from xverify.models.cifar import cifar10_net
from xverify.training.cpu_layers import FastDropout, keep_gradients_channels_last, use_fast_dropout
from xverify.training.loop import new_learner
from xverify.training.recipe import Recipe

ODD = (3, 5, 67, 91)  # no multiple of the four decisions that one random number makes


def dropped(p: float, *shape: int, seed: int = 0) -> Tensor:
    torch.manual_seed(seed)
    result: Tensor = FastDropout(p).train()(torch.ones(shape))
    return result


@pytest.mark.parametrize("p", [0.05, 0.2, 0.5, 0.9])
def test_so_many_are_dropped_and_the_mean_stays(p: float) -> None:
    count = 2_000_003
    result = dropped(p, count)

    zeros = (result == 0).double().mean().item()
    assert zeros == pytest.approx(p, abs=5 * (p * (1 - p) / count) ** 0.5)
    assert len(set(result[:10_000].tolist())) == 2
    assert result.max().item() == pytest.approx(1 / (1 - p), rel=2e-4)


def test_what_is_kept_is_scaled_by_the_probability_that_it_was_kept_with() -> None:
    assert dropped(0.2, 1000).max().item() == pytest.approx(2**16 / (2**16 - 13107), rel=1e-7)


def test_the_four_decisions_of_one_number_are_alike_and_independent() -> None:
    result = (dropped(0.2, 400_000, 4) == 0).double()

    assert_close(result.mean(0), torch.full((4,), 0.2, dtype=torch.float64), rtol=0, atol=0.0032)
    others = torch.corrcoef(result.T) - torch.eye(4)
    neighbours = torch.corrcoef(torch.stack([result[:-1, 3], result[1:, 0]]))[0, 1]
    assert max(others.abs().max().item(), abs(neighbours.item())) < 0.008


@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
def test_the_layout_stays_and_the_gradient_is_dropped_alike(layout: torch.memory_format) -> None:
    images = torch.randn(ODD).contiguous(memory_format=layout).requires_grad_()

    result = FastDropout(0.3).train()(images)
    (gradient,) = torch.autograd.grad(result.sum(), images)

    assert result.stride() == images.stride()
    assert_close(result, images * gradient, rtol=1e-6, atol=0)
    assert 0.25 < (gradient == 0).double().mean() < 0.35


def test_a_view_with_gaps_is_dropped_like_any_other_input() -> None:
    wide = torch.ones(40, 60)
    result = FastDropout(0.5).train()(wide[::2, 5:50:3])

    assert result.shape == (20, 15)
    assert set(result.unique().tolist()) == {0.0, 2.0}
    assert torch.equal(wide, torch.ones(40, 60))


@pytest.mark.parametrize("precision", [torch.bfloat16, torch.float64])
def test_other_precisions_stay_what_they_are(precision: torch.dtype) -> None:
    result = FastDropout(0.5).train()(torch.ones(1000, dtype=precision))

    assert result.dtype == precision
    assert set(result.tolist()) == {0.0, 2.0}


def test_torchs_seed_decides() -> None:
    assert torch.equal(dropped(0.2, *ODD, seed=3), dropped(0.2, *ODD, seed=3))
    assert not torch.equal(dropped(0.2, *ODD, seed=3), dropped(0.2, *ODD, seed=4))


def test_it_never_judges() -> None:
    images = torch.randn(ODD)

    assert FastDropout(0.5).eval()(images) is images


@pytest.mark.parametrize(("p", "expected"), [(0.0, 1.0), (1.0, 0.0), (1e-6, 1.000001), (1 - 1e-6, 0.0)])
def test_what_16_bits_cannot_decide_is_left_to_torch(p: float, expected: float) -> None:
    assert_close(dropped(p, 50), torch.full((50,), expected), rtol=1e-6, atol=0)


def test_in_place_stays_in_place() -> None:
    images = torch.ones(1000)

    result = FastDropout(0.5, inplace=True).train()(images)

    assert result.data_ptr() == images.data_ptr()
    assert 0 in images


class OwnDropout(nn.Dropout):
    pass


def test_only_torchs_own_dropout_is_replaced() -> None:
    network = nn.Sequential(nn.Dropout(0.3), nn.Dropout2d(0.3), OwnDropout(0.3), nn.Sequential(nn.Dropout(0.4)))

    use_fast_dropout(network)

    assert [type(module) for module in network] == [FastDropout, nn.Dropout2d, OwnDropout, nn.Sequential]
    nested = network[3][0]  # type: ignore[index]
    assert isinstance(nested, FastDropout)
    assert nested.p == 0.4


def see_gradient(output: Tensor, seen: list[Tensor]) -> None:
    output.register_hook(seen.append)  # type: ignore[no-untyped-call]


def test_gradients_of_pooling_come_in_channels_last_with_every_value() -> None:
    torch.manual_seed(1)
    plain = nn.Sequential(nn.Conv2d(3, 6, 3), nn.BatchNorm2d(6), nn.AdaptiveAvgPool2d((2, 3)), nn.Flatten())
    plain = plain.to(memory_format=torch.channels_last)
    kept = copy.deepcopy(plain)
    keep_gradients_channels_last(kept)
    seen: list[Tensor] = []
    for network in (plain, kept):
        network[2].register_forward_hook(lambda module, inputs, output: see_gradient(output, seen))
    images = torch.randn(4, 3, 12, 18).contiguous(memory_format=torch.channels_last)
    upstream = torch.randn(4, 36)

    for network in (plain, kept):
        (network(images) * upstream).sum().backward()

    assert [gradient.is_contiguous(memory_format=torch.channels_last) for gradient in seen] == [False, True]
    for ours, torchs in zip(kept.parameters(), plain.parameters(), strict=True):
        assert torchs.grad is not None
        assert_close(ours.grad, torchs.grad, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("size", [(2,), (2, 3)])
def test_pooling_without_gradients_or_of_one_image_works(size: tuple[int, ...]) -> None:
    pool = nn.AdaptiveAvgPool2d(size[0] if len(size) == 1 else size)
    keep_gradients_channels_last(pool)
    image = torch.randn(3, 8, 9, requires_grad=True)

    with torch.no_grad():
        without = pool(image[None])
    result = pool(image)
    result.sum().backward()

    assert_close(result[None], without)
    assert image.grad is not None


def test_a_learner_on_the_cpu_has_them() -> None:
    network = new_learner(cifar10_net(), Recipe(), torch.device("cpu")).network

    assert [module.p for module in network.modules() if isinstance(module, FastDropout)] == [0.2]
    assert not [module for module in network.modules() if type(module) is nn.Dropout]
    assert network.get_submodule("avgpool")._forward_hooks
