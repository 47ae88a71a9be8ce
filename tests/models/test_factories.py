import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn
from torch.utils import _pytree as pytree

from xverify.errors import XverifyError
from xverify.models.factories import build_from_factory

NETWORK = """
import torch
from torch import nn

class Net(nn.Module):
    def __init__(self, width=5):
        super().__init__()
        self.layer = nn.Linear(3, width)

    def forward(self, values):
        return self.layer(values)

def make():
    return Net(7)

def make_with_width(width, depth, *rest, scale=1.0, **options):
    return Net(width)

instance = Net(4)
number = 3
"""


def write(folder: Path, text: str, name: str = "net.py") -> str:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return str(path)


def width(model: nn.Module) -> int:
    return int(next(model.parameters()).shape[0])


@pytest.mark.parametrize(("factory", "expected"), [("Net", 5), ("make", 7), ("instance", 4)])
def test_a_class_a_function_and_a_network_make_the_model(tmp_path: Path, factory: str, expected: int) -> None:
    built = build_from_factory(f"{write(tmp_path, NETWORK)}:{factory}")

    assert width(built.model) == expected
    assert (built.name, built.weights, built.example) == (factory, "as the factory made them", None)


def test_a_module_in_the_current_folder_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, "", "pkg_of_nets/__init__.py")
    write(tmp_path, NETWORK, "pkg_of_nets/nets.py")
    monkeypatch.chdir(tmp_path)
    before = list(sys.path)

    built = build_from_factory("pkg_of_nets.nets:make")

    assert width(built.model) == 7
    assert sys.path == before


def test_an_installed_module_is_found() -> None:
    assert isinstance(build_from_factory("xverify.models.cifar:cifar10_net").model, nn.Module)


def test_a_network_of_a_module_is_copied_not_shared() -> None:
    from xverify.models import cifar

    cifar.shared_for_a_test = nn.Linear(3, 2)  # type: ignore[attr-defined]
    try:
        built = build_from_factory("xverify.models.cifar:shared_for_a_test")
        built.model.weight.data.zero_()  # type: ignore[operator]
        assert bool((cifar.shared_for_a_test.weight != 0).all())  # type: ignore[attr-defined]
    finally:
        del cifar.shared_for_a_test  # type: ignore[attr-defined]


def test_files_of_the_same_name_have_their_own_neighbours(tmp_path: Path) -> None:
    for folder, size in (("a", 4), ("b", 6)):
        write(tmp_path / folder, f"WIDTH = {size}", "blocks_of_net.py")
        write(tmp_path / folder, NETWORK + "\nfrom blocks_of_net import WIDTH\ndef sized(): return Net(WIDTH)")
    before = list(sys.path)

    widths = [width(build_from_factory(f"{tmp_path / folder / 'net.py'}:sized").model) for folder in ("a", "b")]

    assert widths == [4, 6]
    assert sys.path == before
    assert "blocks_of_net" not in sys.modules


def test_files_of_the_same_name_are_modules_of_their_own(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        write(tmp_path / folder, NETWORK)

    models = [build_from_factory(f"{tmp_path / folder / 'net.py'}:Net").model for folder in ("a", "b")]

    assert [sys.modules[type(model).__module__].Net for model in models] == [type(model) for model in models]


def test_a_factory_may_import_its_neighbours_when_it_is_called(tmp_path: Path) -> None:
    write(tmp_path, "WIDTH = 9", "late_blocks.py")
    source = write(tmp_path, NETWORK + "\ndef late():\n    from late_blocks import WIDTH\n    return Net(WIDTH)")

    assert width(build_from_factory(f"{source}:late").model) == 9


def test_a_changed_file_is_read_again(tmp_path: Path) -> None:
    source = f"{write(tmp_path, NETWORK)}:make"
    assert width(build_from_factory(source).model) == 7

    write(tmp_path, NETWORK.replace("Net(7)", "Net(11)"))

    assert width(build_from_factory(source).model) == 11


FORWARDS = """
import torch
from torch import nn

class Net(nn.Module):
    def forward(self, {parameters}):
        raise NotImplementedError

one, two = torch.full((2, 3), 1.0), torch.full((2, 1), 2.0)

def make():
    return Net(), {returned}
"""


@pytest.mark.parametrize(
    ("parameters", "returned", "args", "kwargs"),
    [
        ("a", "one", (1.0,), {}),
        ("a, b", "(one, two)", (1.0, 2.0), {}),
        ("pair", "(one, two)", ((1.0, 2.0),), {}),
        ("values", "[one, two]", ([1.0, 2.0],), {}),
        ("a, b", "{'b': one, 'a': two}", (), {"b": 1.0, "a": 2.0}),
        ("batch", "{'b': one, 'a': two}", ({"b": 1.0, "a": 2.0},), {}),
        ("a, *, b", "((one,), {'b': two})", (1.0,), {"b": 2.0}),
        ("pair, options", "((one, two), {'b': two})", ((1.0, 2.0), {"b": 2.0}), {}),
        ("other", "{'b': one, 'a': (two, 5)}", ({"b": 1.0, "a": (2.0, 5)},), {}),
    ],
)
def test_example_inputs_are_read_as_forward_takes_them(
    tmp_path: Path, parameters: str, returned: str, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> None:
    source = write(tmp_path, FORWARDS.replace("{parameters}", parameters).replace("{returned}", returned))

    example = build_from_factory(f"{source}:make").example

    assert pytree.tree_map_only(torch.Tensor, lambda tensor: float(tensor[0, 0]), example) == (args, kwargs)


def test_example_inputs_that_do_not_fit_are_kept_for_the_error_that_names_both(tmp_path: Path) -> None:
    source = write(tmp_path, FORWARDS.replace("{parameters}", "a, b").replace("{returned}", "{'c': one}"))

    example = build_from_factory(f"{source}:make").example

    assert example is not None
    assert list(example[1]) == ["c"]


def test_a_missing_function_lists_the_candidates(tmp_path: Path) -> None:
    with pytest.raises(XverifyError, match=r"net\.py has no 'mkae'") as caught:
        build_from_factory(f"{write(tmp_path, NETWORK)}:mkae")

    assert caught.value.hint == "It has: Net, make, make_with_width, instance."


def test_a_file_without_functions_says_so(tmp_path: Path) -> None:
    with pytest.raises(XverifyError) as caught:
        build_from_factory(f"{write(tmp_path, 'from pathlib import Path')}:make")

    assert "no function, class or network" in caught.value.hint


@pytest.mark.parametrize(
    ("factory", "message"),
    [
        ("make_with_width", r"needs arguments: width, depth\."),
        ("number", "is a int, not a function"),
        ("nothing", "returns a NoneType, not a network"),
        ("three", "returns a tuple of 3, not a network"),
        ("no_tensor", "hold no tensor"),
    ],
)
def test_other_factories_are_refused(tmp_path: Path, factory: str, message: str) -> None:
    text = "\ndef nothing(): pass\ndef three(): return Net(), 1, 2\ndef no_tensor(): return Net(), (3, 32, 32)"
    source = write(tmp_path, NETWORK + text)

    with pytest.raises(XverifyError, match=message) as caught:
        build_from_factory(f"{source}:{factory}")

    assert caught.value.hint


def test_a_missing_file_and_a_missing_module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(XverifyError, match=r"There is no file absent\.py"):
        build_from_factory("absent.py:make")
    with pytest.raises(XverifyError, match="There is no module 'absent_package'"):
        build_from_factory("absent_package.nets:make")


def test_a_fault_on_import_names_the_users_line(tmp_path: Path) -> None:
    source = write(tmp_path, "import json\n\nVALUE = json.loads('{')\n")
    modules = set(sys.modules)

    with pytest.raises(XverifyError, match=r"Importing .*net\.py failed at .*net\.py:3: JSONDecodeError: Expecting"):
        build_from_factory(f"{source}:make")

    assert not [name for name in set(sys.modules) - modules if "net" in name]


def test_a_fault_in_the_factory_names_the_users_innermost_line(tmp_path: Path) -> None:
    source = write(
        tmp_path, "import torch\n\ndef inner():\n    return torch.nn.Linear(3, -2)\n\ndef make():\n    return inner()\n"
    )

    with pytest.raises(XverifyError, match=r"Calling .*net\.py:make failed at .*net\.py:4: RuntimeError"):
        build_from_factory(f"{source}:make")


def test_a_syntax_error_names_its_line(tmp_path: Path) -> None:
    with pytest.raises(XverifyError, match=r"net\.py:2: SyntaxError"):
        build_from_factory(write(tmp_path, "x = 1\ny = (") + ":make")


def test_a_module_that_its_import_lacks_is_the_users_fault_not_a_missing_factory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, "import not_installed_anywhere", "wants_more.py")
    monkeypatch.chdir(tmp_path)

    with pytest.raises(XverifyError, match=r"wants_more\.py:1: ModuleNotFoundError: No module named 'not_installed"):
        build_from_factory("wants_more:make")


def test_a_script_that_exits_is_reported(tmp_path: Path) -> None:
    with pytest.raises(XverifyError, match=r"net\.py:2: SystemExit: 2"):
        build_from_factory(write(tmp_path, "import sys\nsys.exit(2)") + ":make")


def test_classes_of_a_file_can_be_dataclasses(tmp_path: Path) -> None:
    text = """
from dataclasses import dataclass
from torch import nn

@dataclass
class Settings:
    width: "int" = 8

def make():
    return nn.Linear(3, Settings().width)
"""
    assert width(build_from_factory(f"{write(tmp_path, text)}:make").model) == 8


def test_a_builtin_without_signature_is_called(tmp_path: Path) -> None:
    with pytest.raises(XverifyError, match="returns a dict, not a network"):
        build_from_factory(f"{write(tmp_path, 'make = dict')}:make")


def test_the_model_runs_after_its_neighbours_are_forgotten(tmp_path: Path) -> None:
    write(tmp_path, NETWORK, "layers_of_net.py")
    source = write(tmp_path, "from layers_of_net import Net")

    model = build_from_factory(f"{source}:Net").model

    assert model(torch.ones(2, 3)).shape == (2, 5)
