import copy

import pytest
import torch
from torch import Tensor, nn
from torch.utils import _pytree as pytree

from xverify.models.seeding import seed_weights, untouched_statistics


class Awkward(nn.Module):
    """What constructors leave constant: zero heads and biases, tiny layer scales, fresh statistics, one PReLU slope."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3)
        self.norm = nn.BatchNorm2d(8)
        self.slopes = nn.PReLU(8)
        self.group = nn.GroupNorm(2, 8)
        self.layer_norm = nn.LayerNorm(8)
        self.scale = nn.Parameter(torch.full((8,), 1e-6))
        self.token = nn.Parameter(torch.zeros(1, 1, 8))
        self.temperature = nn.Parameter(torch.tensor(2.0))
        self.unused = nn.BatchNorm2d(5)
        self.head = nn.Linear(8, 6)
        nn.init.zeros_(self.conv.bias)  # type: ignore[arg-type]
        nn.init.zeros_(self.head.weight)
        nn.init.zeros_(self.head.bias)

    def forward(self, images: Tensor) -> Tensor:
        values = self.group(self.slopes(self.norm(self.conv(images)))).mean((2, 3))
        return self.head(self.layer_norm(values) * self.scale * self.temperature + self.token[0])  # type: ignore[no-any-return]


SHAPE = (2, 3, 9, 7)


@pytest.fixture(params=[SHAPE, None], ids=["calibrated", "blind"])
def seeded(request: pytest.FixtureRequest) -> Awkward:
    network = Awkward()
    seed_weights(network, 4, request.param)
    return network


def test_nothing_stays_zero_or_constant(seeded: Awkward) -> None:
    for name, tensor in seeded.state_dict().items():
        if tensor.is_floating_point():
            assert bool((tensor != 0).all()), name
            assert tensor.numel() == 1 or float(tensor.std()) > 0, name


def test_values_lie_where_the_recipe_says(seeded: Awkward) -> None:
    for norm in (seeded.norm, seeded.group, seeded.layer_norm, seeded.unused):
        assert bool(((norm.weight >= 0.8) & (norm.weight <= 1.2)).all())
        assert 0.01 < float(norm.bias.detach().std()) < 0.3
    assert bool(((seeded.scale >= 0.5) & (seeded.scale <= 1.0)).all())
    assert bool(((seeded.slopes.weight / 0.25 - 1).abs() <= 0.2).all())
    assert 1.6 <= float(seeded.temperature.detach()) <= 2.4
    assert 0.1 < float(seeded.token.detach().std()) < 1.0
    assert 0.01 < float(seeded.head.bias.detach().std()) < 0.3
    assert isinstance(seeded.unused.running_var, Tensor)
    assert bool(((seeded.unused.running_var >= 0.5) & (seeded.unused.running_var <= 1.5)).all())


def test_calibration_makes_outputs_of_size_one_and_normalises() -> None:
    network = Awkward()
    sizes: dict[str, float] = {}
    seed_weights(network, 4, SHAPE)
    for name in ("conv", "norm", "head"):
        network.get_submodule(name).register_forward_hook(
            lambda _, __, output, name=name: sizes.__setitem__(name, float(output.detach().square().mean().sqrt()))
        )

    network(torch.randn(SHAPE, generator=torch.Generator().manual_seed(8)))

    assert all(0.4 < size < 2.5 for size in sizes.values()), sizes


def test_the_mode_is_eval_and_no_hook_stays(seeded: Awkward) -> None:
    assert not any(module.training for module in seeded.modules())
    assert not any(module._forward_pre_hooks for module in seeded.modules())
    assert seeded.norm.num_batches_tracked == 0


def test_equal_seeds_give_equal_weights_and_the_global_random_state_is_left_alone() -> None:
    networks = [copy.deepcopy(network) for network in [Awkward()] * 3]
    before = torch.random.get_rng_state()

    for network, seed in zip(networks, (4, 4, 5), strict=True):
        seed_weights(network, seed, SHAPE)

    first, again, other = (network.state_dict() for network in networks)
    assert torch.equal(torch.random.get_rng_state(), before)
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert not any(torch.equal(first[name], other[name]) for name in first if first[name].is_floating_point())


def test_random_weights_of_the_constructor_keep_their_directions() -> None:
    network = Awkward()
    before = network.conv.weight.detach().flatten().clone()

    seed_weights(network, 4, SHAPE)

    after = network.conv.weight.detach().flatten()
    assert float(nn.functional.cosine_similarity(after, before, dim=0)) > 0.9999


def test_a_layer_that_is_used_twice_is_scaled_once() -> None:
    class Twice(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layer = nn.Linear(6, 6)

        def forward(self, values: Tensor) -> Tensor:
            return self.layer(100 * self.layer(values))  # type: ignore[no-any-return]

    network = Twice()
    seed_weights(network, 0, (4, 6))
    values = torch.randn(4, 6, generator=torch.Generator().manual_seed(0))

    assert 0.5 < float(network.layer(values).detach().square().mean().sqrt()) < 2


def test_a_layer_whose_input_is_all_zero_stays_finite() -> None:
    network = nn.Sequential(nn.Threshold(1e9, 0.0), nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4))

    seed_weights(network, 0, SHAPE)

    assert all(bool(torch.isfinite(tensor).all()) for tensor in network.state_dict().values())


def test_untouched_statistics_are_counted() -> None:
    network = nn.Sequential(nn.BatchNorm2d(3), nn.BatchNorm1d(4), nn.InstanceNorm2d(3), nn.BatchNorm2d(2))
    assert isinstance(network[1], nn.BatchNorm1d)
    assert network[1].running_mean is not None
    network[1].running_mean[2] = 0.5

    assert untouched_statistics(network) == 2
    seed_weights(network, 0)
    assert untouched_statistics(network) == 0


@pytest.mark.network
@pytest.mark.parametrize(
    ("name", "options", "size"),
    [
        ("resnet18", {}, (96, 64)),
        ("squeezenet1_1", {}, (96, 64)),
        ("mobilenet_v3_small", {}, (96, 64)),
        ("shufflenet_v2_x0_5", {}, (96, 64)),
        ("vit_b_16", {"image_size": 48}, (48, 48)),
    ],
)
def test_real_networks_neither_explode_nor_vanish(name: str, options: dict[str, int], size: tuple[int, int]) -> None:
    models = pytest.importorskip("torchvision.models")
    torch.manual_seed(0)
    network: nn.Module = models.get_model(name, weights=None, **options)
    seed_weights(network, 0, (2, 3, *(options.get("image_size", 224),) * 2))
    magnitudes: dict[str, float] = {}

    def note(path: str, output: object) -> None:
        sizes = [float(leaf.abs().max()) for leaf in pytree.tree_leaves(output) if isinstance(leaf, Tensor)]
        magnitudes[path] = max(sizes)

    for path, module in network.named_modules():
        if not list(module.children()):
            module.register_forward_hook(lambda _, __, output, path=path: note(path, output))
    with torch.no_grad():
        output = network(torch.randn(2, 3, *size, generator=torch.Generator().manual_seed(5)))

    assert len(magnitudes) > 20
    assert {path: value for path, value in magnitudes.items() if not 1e-3 < value < 1e3} == {}
    assert float((output[0] - output[1]).norm() / output.norm()) > 0.2
