"""What each axis means: from operations that define it, through operations that keep it; never from a rank alone."""

import torch
import torch.nn.functional as F
from captured_networks import Case, attention, captured, case_of, conv_net, oddities, sequences
from handmade_programs import aten, call, ladder, program_by_hand
from torch import Tensor, nn
from torch.export import ExportedProgram
from torch.fx import Graph, Node

from xverify.layouts.axes import matlab_dims
from xverify.program.dims import axis_meanings
from xverify.program.layers import find_layers


def dims_of(case: Case) -> dict[str, str]:
    """By id, inputs included."""
    meanings = axis_meanings(case.network)
    ids = {item.node: item.id for item in case.network.inputs} | {layer.node: layer.id for layer in case.network.layers}
    return {identifier: meanings[node] for node, identifier in ids.items()}


def test_images_stay_images_until_they_are_flattened() -> None:
    dims = dims_of(captured(conv_net))
    assert {
        name: dims[name] for name in ("image", "stem_0", "stem_1", "relu_3", "up_grouped", "pool", "mean", "mean_2")
    } == dict.fromkeys(("image", "stem_0", "stem_1", "relu_3", "up_grouped", "pool", "mean", "mean_2"), "NCHW")
    assert [dims[name] for name in ("head_0", "head_1", "head_2")] == ["NC", "NC", "NC"]


def test_recurrent_layers_say_which_axis_is_time() -> None:
    dims = dims_of(captured(sequences))
    assert dims["embedding"] == ""  # its indices have two axes, of which nothing says what they are
    assert {dims[name] for name in ("lstm_0", "gru_0", "norm", "wide", "prelu", "head")} == {"NLC"}
    assert (dims["lstm_2"], dims["gru_1"]) == ("", "")  # states


def test_time_may_come_first_and_the_last_step_are_features() -> None:
    class TimeFirst(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.gru = nn.GRU(3, 4)
            self.linear = nn.Linear(4, 5)

        def forward(self, sequence: Tensor) -> tuple[Tensor, Tensor]:
            y = self.linear(self.gru(torch.tanh(sequence))[0])
            return y[-1], y[:, 1]

    dims = dims_of(case_of(TimeFirst(), torch.randn(7, 2, 3)))
    assert (dims["sequence"], dims["tanh"]) == ("LNC", "")  # an input is what its readers take it for
    assert (dims["gru"], dims["linear"], dims["select"]) == ("LNC", "LNC", "NC")
    assert dims["select_2"] == ""  # all time steps of one observation


def test_attention_internals_have_no_known_axes() -> None:
    dims = dims_of(captured(attention))
    assert {name: meaning for name, meaning in dims.items() if meaning} == {"head": "NC"}


def test_features_and_what_is_not() -> None:
    dims = dims_of(captured(oddities))
    assert dims["c_state"] == "NC"
    assert dims["split_with_sizes_2"] == "NC"  # an element of a tuple keeps the axes of what was split
    assert dims["cat"] == "NC"
    assert dims["extra"] == ""  # added to features, but read by nothing that says what it is
    assert (dims["argmax"], dims["mul_2"], dims["identity"], dims["matmul"]) == ("", "", "", "")


class Mixed(nn.Module):
    """Axes that move, vanish, or come from elsewhere."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3)
        self.conv_1d = nn.Conv1d(4, 5, 2)
        self.norm = nn.BatchNorm1d(4)

    def forward(self, x: Tensor, noise: Tensor, plane: Tensor, kernel: Tensor) -> tuple[Tensor, ...]:
        y = self.conv(x + noise) * plane
        return (
            y.mean((2, 3)), y.mean((1, 2)), y.mean(0), y.mean(3), y.mean((1, 3), keepdim=True), y.permute(0, 2, 3, 1).relu(),
            y.flatten(2).sin(), self.conv_1d(y.mean(3)).mean(-1), self.norm(y.mean((2, 3))), F.conv2d(y, kernel), y[:, :, 0], y.sum(),
        )  # fmt: skip


def test_means_keep_only_what_is_left() -> None:
    case = case_of(Mixed(), (torch.randn(2, 3, 7, 9), torch.randn(3, 1, 1), torch.randn(7), torch.randn(5, 4, 1, 2)))
    dims = dims_of(case)
    meanings = axis_meanings(case.network)
    assert [meanings[output.node] for output in case.network.outputs] == [
        "NC", "", "", "", "NCHW", "", "", "NC", "NC", "NCHW", "", "",
    ]  # fmt: skip
    assert (dims["x"], dims["conv"], dims["conv_1d"]) == ("NCHW", "NCHW", "NCL")
    # Inputs that are broadcast into an image have another rank; a kernel that is an input is no image.
    assert (dims["noise"], dims["plane"], dims["kernel"]) == ("", "", "")


def test_dims_name_every_axis_of_their_value_and_have_a_matlab_form() -> None:
    for make in (conv_net, oddities, sequences, attention):
        case = captured(make)
        for node, meaning in axis_meanings(case.network).items():
            if meaning:
                assert len(meaning) == node.meta["val"].dim()
                matlab_dims(meaning)


class Unbatched(nn.Module):
    """One image without a batch axis."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3)
        self.linear = nn.Linear(9, 6)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        y = torch.relu(self.conv(x))
        return y, self.linear(y)[0]


def test_an_image_without_a_batch_axis_is_not_taken_for_a_sequence() -> None:
    assert set(dims_of(case_of(Unbatched(), torch.randn(3, 8, 11))).values()) == {""}


def convolved(x: Tensor, rungs: int) -> ExportedProgram:
    """A ladder whose input is read by a convolution at its very end."""

    def build(graph: Graph, image: Node, weight: Node) -> Node:
        for _ in range(rungs):
            image = call(graph, aten.add.Tensor, x, image, call(graph, aten.tanh.default, x, image))
        return call(graph, aten.conv1d.default, x, image, weight)

    return program_by_hand(x, torch.ones(3, 3, 1), build)


def test_the_meaning_of_an_input_is_found_through_many_ways() -> None:
    network = find_layers(convolved(torch.ones(2, 3, 5), rungs=1000))
    assert axis_meanings(network)[network.inputs[0].node] == "NCL"
    network = find_layers(ladder(torch.ones(2, 3, 5), rungs=1000))
    assert axis_meanings(network)[network.inputs[0].node] == ""
