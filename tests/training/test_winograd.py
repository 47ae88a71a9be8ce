"""Winograd's convolutions against torch's, which sum directly."""

import copy

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from xverify.models.cifar import cifar10_net, parse_network
from xverify.training.data import Images
from xverify.training.loop import new_learner, train_epoch
from xverify.training.recipe import Recipe
from xverify.training.recipes import MODERN
from xverify.training.settings import resolved
from xverify.training.winograd import WinogradConv2d, is_faster, use_winograd, winograd_convolution

CPU = torch.device("cpu")

# Whole tiles, broken tiles in one and both directions, images smaller than a tile, and more tiles than are computed at once.
SHAPES = [(2, 5, 7, 8, 12), (3, 5, 7, 9, 6), (2, 4, 6, 1, 3), (1, 1, 1, 4, 7), (30, 3, 2, 16, 20), (550, 2, 3, 4, 4)]


def drawn(*shape: int, dtype: torch.dtype = torch.float64) -> Tensor:
    generator = torch.Generator().manual_seed(sum(shape))
    return torch.randn(shape, dtype=dtype, generator=generator).requires_grad_()


@pytest.mark.parametrize(("count", "inputs", "outputs", "height", "width"), SHAPES)
@pytest.mark.parametrize("biased", [True, False])
def test_results_and_gradients_are_those_of_the_direct_sum(
    count: int, inputs: int, outputs: int, height: int, width: int, biased: bool
) -> None:
    images, weight = drawn(count, inputs, height, width), drawn(outputs, inputs, 3, 3)
    bias = drawn(outputs) if biased else None
    variables = [variable for variable in (images, weight, bias) if variable is not None]
    upstream = drawn(count, outputs, height, width).detach()

    expected = functional.conv2d(images, weight, bias, padding=1)
    actual = winograd_convolution(images, weight, bias)

    torch.testing.assert_close(actual, expected, rtol=0, atol=1e-11)
    gradients = zip(
        torch.autograd.grad(actual, variables, upstream),
        torch.autograd.grad(expected, variables, upstream),
        strict=True,
    )
    for ours, torchs in gradients:
        torch.testing.assert_close(ours, torchs, rtol=0, atol=1e-10)


@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
def test_the_layout_of_the_images_changes_no_value(layout: torch.memory_format) -> None:
    images, weight = drawn(3, 4, 8, 10).detach(), drawn(5, 4, 3, 3).detach()

    assert torch.equal(
        winograd_convolution(images.contiguous(memory_format=layout), weight), winograd_convolution(images, weight)
    )


@pytest.mark.parametrize("size", [(8, 8), (7, 10)])
def test_the_result_is_no_view_whose_gradient_an_activation_in_place_would_copy(size: tuple[int, int]) -> None:
    images, weight, bias = drawn(2, 3, *size), drawn(4, 3, 3, 3), drawn(4)

    result = winograd_convolution(images, weight, bias)

    assert not result._is_view()
    assert result.is_contiguous(memory_format=torch.channels_last)


def test_in_single_precision_it_rounds_to_what_the_docs_say() -> None:
    images, weight = drawn(4, 256, 16, 16).detach(), drawn(512, 256, 3, 3).detach()
    exact = functional.conv2d(images, weight, padding=1)
    largest = exact.abs().max()

    rounding = (winograd_convolution(images.float(), weight.float()) - exact).abs().max() / largest
    direct = (functional.conv2d(images.float(), weight.float(), padding=1) - exact).abs().max() / largest

    assert direct < rounding < 2e-5


def test_an_input_without_gradient_still_trains_the_kernels() -> None:
    images, weight = drawn(2, 3, 8, 8).detach(), drawn(4, 3, 3, 3)

    (actual,) = torch.autograd.grad(winograd_convolution(images, weight).square().sum(), weight)
    (expected,) = torch.autograd.grad(functional.conv2d(images, weight, padding=1).square().sum(), weight)

    torch.testing.assert_close(actual, expected)


@pytest.mark.parametrize(
    ("layer", "expected"),
    [
        (nn.Conv2d(64, 128, 3, padding=1), True),
        (nn.Conv2d(128, 256, 3, padding=1, bias=False), True),
        (nn.Conv2d(64, 64, 3, padding=1), False),
        (nn.Conv2d(128, 128, 3, padding=1, stride=2), False),
        (nn.Conv2d(128, 128, 3), False),
        (nn.Conv2d(128, 128, 3, padding=2, dilation=2), False),
        (nn.Conv2d(128, 128, 5, padding=2), False),
        (nn.Conv2d(256, 256, 3, padding=1, groups=2), False),
        (nn.Conv2d(128, 128, 3, padding=1, padding_mode="reflect"), False),
        (nn.Conv2d(128, 128, 3, padding="same"), False),
    ],
)
def test_it_is_used_where_it_computes_the_layer_and_is_faster(layer: nn.Conv2d, expected: bool) -> None:
    assert is_faster(layer) is expected

    use_winograd(layer)

    assert isinstance(layer, WinogradConv2d) is expected


def test_the_published_network_keeps_its_names_and_trains_three_layers_with_it() -> None:
    network = cifar10_net()
    before = copy.deepcopy(network.state_dict())

    use_winograd(network)

    assert [name for name, layer in network.named_modules() if isinstance(layer, WinogradConv2d)] == [
        name for name, layer in network.named_modules() if isinstance(layer, nn.Conv2d) and layer.in_channels >= 64
    ]
    assert list(network.state_dict()) == list(before)
    assert all(torch.equal(network.state_dict()[name], before[name]) for name in before)


def test_it_trains_and_never_judges() -> None:
    plain = cifar10_net(network=parse_network("7-3-norm"))
    fast = copy.deepcopy(plain)
    use_winograd(fast)
    images = drawn(3, 3, 32, 24, dtype=torch.float32).detach()

    with torch.no_grad():
        trained, expected = fast.train()(images), plain.train()(images)
        assert not torch.equal(trained, expected)
        torch.testing.assert_close(trained, expected, rtol=0, atol=1e-4)
        assert torch.equal(fast.eval()(images), copy.deepcopy(fast).eval()(images))
        plain.load_state_dict(fast.state_dict())
        assert torch.equal(fast(images), plain.eval()(images))


def some_images() -> Images:
    generator = np.random.default_rng(2)
    return Images(generator.integers(0, 256, (10, 32, 32, 3), dtype=np.uint8), generator.integers(0, 10, 10))


def test_equal_seeds_give_equal_weights_and_nearly_those_of_the_direct_sum() -> None:
    def trained(convolution: str) -> Tensor:
        torch.manual_seed(5)
        recipe = Recipe(batch_size=5, optimizer="sgd", learning_rate=0.01, convolution=convolution)  # type: ignore[arg-type]
        learner = new_learner(cifar10_net(), recipe, CPU)
        list(train_epoch(learner, some_images(), recipe, epoch=1))
        return torch.cat([parameter.detach().flatten() for parameter in learner.network.parameters()])

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        first, again, direct = trained("winograd"), trained("winograd"), trained("direct")
    finally:
        torch.set_num_threads(threads)

    assert torch.equal(first, again)
    assert not torch.equal(first, direct)
    torch.testing.assert_close(first, direct, rtol=0, atol=1e-5)


def test_auto_takes_it_on_a_cpu_in_fp32() -> None:
    def choice(precision: str, device: str, wanted: str = "auto") -> str:
        recipe = Recipe(precision=precision, convolution=wanted)  # type: ignore[arg-type]
        return resolved(recipe, torch.device(device)).convolution

    assert choice("fp32", "cpu") == "winograd"
    assert choice("bf16", "cpu") == choice("fp32", "cuda") == choice("fp32", "mps") == "direct"
    assert choice("fp32", "cpu", wanted="direct") == "direct"
    assert MODERN.convolution == "auto"
    assert Recipe().convolution == "direct"
