import torch
from torch import nn

from xverify.models.cifar import cifar10_net

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
