import pytest
import torch
from torch import nn

from xverify.errors import XverifyError
from xverify.models.cifar import PUBLISHED_NETWORK, Network, cifar10_net, network_of, parse_network

PUBLISHED_SHAPES = {
    "features.0.weight": (32, 3, 3, 3),
    "features.3.weight": (64, 32, 3, 3),
    "features.6.weight": (128, 64, 3, 3),
    "features.9.weight": (256, 128, 3, 3),
    "features.13.weight": (512, 256, 3, 3),
    "classifier.0.weight": (512, 2048),
    "classifier.2.weight": (256, 512),
    "classifier.4.weight": (10, 256),
}


def test_feature_layers_stand_in_the_published_order() -> None:
    block = ["Conv2d", "ReLU", "BatchNorm2d"]

    kinds = [type(module).__name__ for module in cifar10_net().features]

    assert kinds == [*block * 4, "Dropout", *block]


def test_classifier_and_top_level_names() -> None:
    network = cifar10_net()

    assert [name for name, _ in network.named_children()] == ["features", "avgpool", "classifier"]
    assert [type(module).__name__ for module in network.classifier] == ["Linear", "ReLU", "Linear", "ReLU", "Linear"]
    assert network.avgpool.output_size == (2, 2)


def test_weights_have_the_published_names_and_shapes() -> None:
    state = cifar10_net().state_dict()

    weights = {name: tuple(tensor.shape) for name, tensor in state.items() if tensor.dim() > 1}

    assert weights == PUBLISHED_SHAPES
    assert sum(parameter.numel() for parameter in cifar10_net().parameters()) == 2_753_546


def test_convolutions_pad_one_and_only_the_second_halves_the_image() -> None:
    convolutions = [module for module in cifar10_net().features if isinstance(module, nn.Conv2d)]

    assert [module.stride for module in convolutions] == [(1, 1), (2, 2), (1, 1), (1, 1), (1, 1)]
    assert {module.padding for module in convolutions} == {(1, 1)}
    assert all(module.bias is not None for module in convolutions)


def test_every_relu_is_in_place_and_dropout_is_a_fifth() -> None:
    modules = list(cifar10_net().modules())

    assert [module.inplace for module in modules if isinstance(module, nn.ReLU)] == [True] * 7
    assert [module.p for module in modules if isinstance(module, nn.Dropout)] == [0.2]


def test_forward_gives_logits_also_for_images_that_are_not_square() -> None:
    network = cifar10_net().eval()

    assert network(torch.rand(3, 3, 32, 32)).shape == (3, 10)
    assert cifar10_net(classes=4).eval()(torch.rand(2, 3, 13, 9)).shape == (2, 4)


WIDTHS = {
    5: [32, 64, 128, 256, 512],
    6: [32, 64, 128, 256, 256, 512],
    7: [32, 64, 128, 128, 256, 256, 512],
    8: [32, 64, 64, 128, 128, 256, 256, 512],
    12: [32, 32, 64, 64, 64, 128, 128, 128, 256, 256, 256, 512],
}


def convolutions_of(network: nn.Module) -> list[nn.Conv2d]:
    return [module for module in network.modules() if isinstance(module, nn.Conv2d)]


@pytest.mark.parametrize(("count", "widths"), WIDTHS.items())
def test_further_convolutions_repeat_a_width_and_only_one_halves_the_image(count: int, widths: list[int]) -> None:
    convolutions = convolutions_of(cifar10_net(network=Network(convolutions=count)))

    assert [module.out_channels for module in convolutions] == widths
    assert [module.in_channels for module in convolutions] == [3, *widths[:-1]]
    assert [place for place, module in enumerate(convolutions) if module.stride == (2, 2)] == [widths.index(64)]


@pytest.mark.parametrize(("count", "outputs"), [(1, [6]), (2, [512, 6]), (3, [512, 256, 6]), (4, [512, 256, 128, 6])])
def test_linear_layers_have_a_relu_between_them(count: int, outputs: list[int]) -> None:
    classifier = list(cifar10_net(6, Network(linears=count)).classifier)

    assert [module.out_features for module in classifier if isinstance(module, nn.Linear)] == outputs
    assert all(isinstance(module, nn.ReLU) == bool(place % 2) for place, module in enumerate(classifier))


def test_without_norm_and_dropout_there_are_convolutions_and_relus_alone() -> None:
    kinds = [type(module).__name__ for module in cifar10_net(network=parse_network("6-3")).features]

    assert kinds == ["Conv2d", "ReLU"] * 6


def test_dropout_stands_before_the_last_convolution() -> None:
    kinds = [type(module).__name__ for module in cifar10_net(network=parse_network("7-1-dropout")).features]

    assert kinds == [*["Conv2d", "ReLU"] * 6, "Dropout", "Conv2d", "ReLU"]


@pytest.mark.parametrize("name", ["5-3-dropout-norm", "12-4", "8-3-norm", "7-1-dropout"])
def test_a_name_a_network_and_its_weights_tell_each_other(name: str) -> None:
    network = parse_network(name)

    assert str(network) == name
    assert network_of(cifar10_net(4, network).state_dict()) == (network, 4)
    assert cifar10_net(4, network).eval()(torch.rand(2, 3, 5, 9)).shape == (2, 4)


def test_the_default_is_the_published_network() -> None:
    assert str(PUBLISHED_NETWORK) == "5-3-dropout-norm"


@pytest.mark.parametrize("name", ["", "5", "5-3-norm-dropout", "8-3-", "a-3", "05-3", "5-3-dropout-norm\n"])
def test_other_spellings_are_refused_with_the_form(name: str) -> None:
    with pytest.raises(XverifyError, match="names no CIFAR-10 network") as caught:
        parse_network(name)

    assert "-dropout" in caught.value.hint


@pytest.mark.parametrize("name", ["4-3", "17-3", "5-5"])
def test_sizes_that_there_are_not_are_refused_with_the_limits(name: str) -> None:
    with pytest.raises(XverifyError, match=f"no CIFAR-10 network {name}") as caught:
        parse_network(name)

    assert "5 to 16" in caught.value.hint


def test_weights_of_another_network_are_refused() -> None:
    state = cifar10_net().state_dict()
    state["features.3.weight"] = torch.zeros(64, 31, 3, 3)

    for other in (state, nn.Linear(3, 2).state_dict(), {}):
        with pytest.raises(XverifyError, match="not the weights of a CIFAR-10 network"):
            network_of(other)
