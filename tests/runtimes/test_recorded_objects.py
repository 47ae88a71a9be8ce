"""Files with objects of MATLAB classes, such as dlarray: the error says which line in MATLAB makes plain arrays of them."""

from pathlib import Path
from typing import Any

import h5py  # type: ignore[import-untyped]
import numpy as np
import pytest
from hdf5_files import opaque, save_v73
from matlab_objects import with_objects
from matlab_recordings import compared, in_matlab

from xverify.bundle.bundle import Bundle
from xverify.bundle.class_objects import is_object
from xverify.errors import XverifyError
from xverify.runtimes.recorded import RecordedActivations

SAVE = "save('activations.mat', 'images', ..., '-v6')"
LAYER_BY_LAYER = "Save each layer's output Y as a plain array, in MATLAB: " + (
    "features_0 = single(gather(extractdata(Y))); then save('activations.mat', 'features_0', ..., '-v6')"
)


def with_object(folder: Path, bundle: Bundle, name: str, matlab_class: str, version: str) -> Path:
    """Every layer as a plain array, but `name`."""
    values: dict[str, Any] = {key: value for key, value in in_matlab(bundle).items() if key != name}
    if version == "v7":
        return with_objects(folder / "a.mat", values, {name: matlab_class})
    path = save_v73(folder / "a.mat", values)
    with h5py.File(path, "a") as file:
        opaque(file, name, matlab_class)
    return path


@pytest.mark.parametrize("version", ["v7", "v7.3"])
@pytest.mark.parametrize(
    ("name", "matlab_class", "hint"),
    [
        ("images", "dlarray", f"In MATLAB: images = single(gather(extractdata(images))); then {SAVE}"),
        ("images", "gpuArray", f"In MATLAB: images = gather(images); then {SAVE}"),
        (
            "net",
            "dlnetwork",
            f"A network is not what it computed: leave it out. {LAYER_BY_LAYER}",
        ),
        (
            "t",
            "table",
            f"An object of class table is no array: leave it out. {LAYER_BY_LAYER}",
        ),
    ],
)
def test_an_object_is_refused_with_the_line_for_matlab(
    recorded_bundle: Bundle, tmp_path: Path, version: str, name: str, matlab_class: str, hint: str
) -> None:
    path = with_object(tmp_path, recorded_bundle, name, matlab_class, version)
    with pytest.raises(XverifyError) as caught:
        compared(recorded_bundle, path)
    assert caught.value.message == f"{path} holds objects of MATLAB classes, not plain arrays: {name} ({matlab_class})."
    assert caught.value.hint == hint


def test_many_objects_are_counted(recorded_bundle: Bundle, tmp_path: Path) -> None:
    path = with_objects(tmp_path / "a.mat", {}, {f"layer_{i}": "dlarray" for i in range(5)})
    with pytest.raises(XverifyError, match=r"layer_0 \(dlarray\), layer_1 \(dlarray\), layer_2 \(dlarray\) and 2 more"):
        compared(recorded_bundle, path)


def mapped(bundle: Bundle, path: Path, variable: str) -> RecordedActivations:
    mapping = path.parent / "map.toml"
    mapping.write_text(f'[features]\nvariable = "{variable}"\n', encoding="utf-8")
    return RecordedActivations(path, bundle, mapping)


@pytest.mark.parametrize("version", ["v7", "v7.3"])
def test_with_a_map_an_object_that_nothing_needs_may_stay(
    recorded_bundle: Bundle, tmp_path: Path, version: str
) -> None:
    path = with_object(tmp_path, recorded_bundle, "net", "dlnetwork", version)
    activations = dict(mapped(recorded_bundle, path, "features").accumulated(recorded_bundle) or ())
    assert len(activations) == len(in_matlab(recorded_bundle))
    with pytest.raises(XverifyError, match=r"net \(dlnetwork\)"):
        mapped(recorded_bundle, path, "net")


def test_an_object_in_a_cell_is_refused_by_its_path(recorded_bundle: Bundle, tmp_path: Path) -> None:
    path = with_objects(tmp_path / "a.mat", {}, {"x": "dlarray"}, in_cell="acts")
    with pytest.raises(XverifyError, match=r"acts\{2\} \(dlarray\)") as caught:
        list(mapped(recorded_bundle, path, "acts{2}").accumulated(recorded_bundle) or ())
    assert caught.value.hint.startswith("In MATLAB: features_0 = single(gather(extractdata(acts{2})));")


DATA = Path(__file__).parents[3] / "shared" / "data" / "matlab-made"


@pytest.mark.parametrize("name", ["unet113_2019.mat", "unet113_2024b.mat"])
def test_a_network_that_matlab_saved_is_refused(recorded_bundle: Bundle, name: str) -> None:
    if not DATA.is_dir():
        pytest.skip(f"the files that MATLAB saved are not here: {DATA}")
    with pytest.raises(XverifyError, match=r"custom_onnx_unet113 \(DAGNetwork\)") as caught:
        compared(recorded_bundle, DATA / "unet" / name)
    assert caught.value.hint.endswith(LAYER_BY_LAYER)


@pytest.mark.parametrize("matlab_class", ["single", "int8", "logical", "char", "cell", "struct", "sparse", "function"])
def test_plain_classes_are_no_objects(matlab_class: str) -> None:
    assert not is_object(matlab_class)


def test_the_hand_made_object_has_the_layout_of_a_real_one() -> None:
    """The bytes of `matlab_objects` against an object that MATLAB saved: the same tags in the same order."""
    if not DATA.is_dir():
        pytest.skip(f"the files that MATLAB saved are not here: {DATA}")
    import zlib

    from matlab_objects import opaque as made

    content = (DATA / "unet" / "unet113_2024b.mat").read_bytes()
    length = int(np.frombuffer(content[132:136], np.uint32)[0])
    real = zlib.decompress(content[136 : 136 + length])
    ours = made("custom_onnx_unet113", "DAGNetwork")
    assert real[8:16] == ours[8:16]  # the tag of the array flags
    assert real[16] == ours[16] == 17  # mxOPAQUE_CLASS
    assert real.index(b"MCOS") < real.index(b"DAGNetwork")
