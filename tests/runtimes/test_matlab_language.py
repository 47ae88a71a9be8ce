"""GNU Octave as a runtime: it finds the faulty layer in weights.mat, and whatever goes wrong is told in one message."""

import os
import shutil
import signal
import stat
import time
from pathlib import Path
from threading import Thread

import numpy as np
import pytest
import scipy.io
from conftest import Copy
from octave_program import needs_octave, octave
from verdicts import explained, failing_locally

from xverify.bundle.bundle import Bundle, load_bundle, rehash
from xverify.errors import XverifyError
from xverify.runtimes.child_process import run_program
from xverify.runtimes.engines import ENGINES, OCTAVE
from xverify.runtimes.matlab_language import MatlabLanguageRuntime, write_activations
from xverify.workflows.compare import compare
from xverify.workflows.run import run

CHANGES = {
    "height and width of a kernel": (
        "conv",
        "w.parameters.conv_Weights.value = permute(w.parameters.conv_Weights.value, [2 1 3 4]);",
    ),
    "epsilon": ("norm", "w.graph{at('norm')}.attributes.eps = 1e-2;"),
    "variance of BatchNorm": (
        "norm",
        "p = w.parameters.norm_TrainedVariance; p.value = p.value * (18 / 17); w.parameters.norm_TrainedVariance = p;",
    ),
    "order of flattening": (
        "flatten",
        "k = at('flatten'); w.graph{k}.op = 'flattenLayer'; w.graph{k}.input_order = {}; w.graph{k}.parameters = struct();",
    ),
    "bias": ("head", "w.parameters.head_Bias.value(2) = w.parameters.head_Bias.value(2) + single(1e-4);"),
}
SAVE = """
file = getenv('XVERIFY_WEIGHTS'); w = load(file);
at = @(id) find(cellfun(@(step) strcmp(step.layer, id), w.graph));
CHANGE
save('-v6', file, '-struct', 'w');
"""


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    """A kernel of 3 x 3, so that an exchange of height and width keeps the shape; names that the changes above use."""
    from collections import OrderedDict

    import torch
    from made_network import randomise_norms
    from torch import nn

    import xverify

    torch.manual_seed(1)
    layers = OrderedDict(
        conv=nn.Conv2d(3, 6, 3, padding=1), norm=nn.BatchNorm2d(6), relu=nn.ReLU(), pool=nn.MaxPool2d(2, padding=(1, 0)),
        flatten=nn.Flatten(), head=nn.Linear(6 * 5 * 3, 4),
    )  # fmt: skip
    return xverify.export(
        randomise_norms(nn.Sequential(layers)), torch.randn(2, 3, 9, 7), tmp_path_factory.mktemp("octave") / "a net ü"
    )


@needs_octave
def test_a_correct_bundle_passes_though_its_path_has_blanks_and_letters_beyond_ascii(bundle: Bundle) -> None:
    comparison = compare(bundle, "octave", threads=1)
    assert comparison.passed, explained(comparison)
    assert comparison.against.startswith("GNU Octave ")
    assert comparison.coverage.compared == 6
    assert "model.onnx" in comparison.parameters.skipped


@needs_octave
@pytest.mark.parametrize("change", CHANGES)
def test_a_change_of_the_weights_is_found_at_its_layer(bundle: Bundle, copied: Copy, change: str) -> None:
    layer, code = CHANGES[change]
    changed = copied(bundle)
    result = octave(SAVE.replace("CHANGE", code), {"XVERIFY_WEIGHTS": changed.path / "weights.mat"})
    assert result.returncode == 0, result.stderr
    with pytest.raises(XverifyError, match="is not the file that was exported"):
        compare(changed.path, "octave")
    rehash(changed.path)
    comparison = compare(load_bundle(changed.path), "octave", threads=1)
    assert not comparison.passed
    assert comparison.first_fault == layer
    assert failing_locally(comparison) == [layer]


@needs_octave
def test_a_layer_of_another_size_is_named(bundle: Bundle, copied: Copy) -> None:
    changed = copied(bundle)
    code = "w.graph{at('pool')}.attributes.padding = [0 1];"
    result = octave(SAVE.replace("CHANGE", code), {"XVERIFY_WEIGHTS": changed.path / "weights.mat"})
    assert result.returncode == 0, result.stderr
    rehash(changed.path)
    with pytest.raises(XverifyError, match=r"pool \(maxPooling2dLayer\): its value is .*xverify:run:size"):
        compare(load_bundle(changed.path), "octave")


@needs_octave
def test_run_writes_a_file_that_compare_reads(bundle: Bundle, tmp_path: Path) -> None:
    path = tmp_path / "activations.mat"
    assert run(bundle, "octave", path) == 6
    comparison = compare(bundle, path)
    assert comparison.passed, explained(comparison)
    assert "GNU Octave" in comparison.against


def test_run_in_onnxruntime_writes_a_file_that_compare_reads(bundle: Bundle, tmp_path: Path) -> None:
    path = tmp_path / "activations.mat"
    path.write_text("old")
    assert run(bundle, "onnxruntime", path) == 6
    comparison = compare(bundle, path)
    assert comparison.passed, explained(comparison)
    assert "onnxruntime" in comparison.against
    assert [item.name for item in tmp_path.iterdir()] == ["activations.mat"]


@pytest.mark.parametrize("on", ["onnxruntime", pytest.param("octave", marks=needs_octave)])
def test_a_file_with_local_values_names_the_first_fault(bundle: Bundle, tmp_path: Path, on: str) -> None:
    path = tmp_path / "activations.mat"
    assert run(bundle, on, path, local=True) == 6
    comparison = compare(bundle, path)
    assert comparison.passed, explained(comparison)
    assert all(layer.local for layer in comparison.layers)
    assert not any("no first fault" in note for note in comparison.notes)
    content = {name: value for name, value in scipy.io.loadmat(path).items() if not name.startswith("__")}
    content["xverify_local_pool"] = content["xverify_local_pool"] + np.float32(0.5)
    scipy.io.savemat(path, content)
    assert compare(bundle, path).first_fault == "pool"
    del content["xverify_local_pool"]
    scipy.io.savemat(path, content | {"xverify_local_poole": content["pool"]})
    partial = compare(bundle, path)
    assert not partial.passed
    assert any("'poole' is no layer" in problem for problem in partial.problems)
    assert [layer.id for layer in partial.failed] == ["pool"]


@pytest.mark.parametrize(
    ("on", "output", "message"),
    [
        ("matlabx", "a.mat", "'matlabx' is no runtime"),
        ("onnxruntime", ".", "is a folder"),
        ("onnxruntime", "no/such/a.mat", "does not exist"),
    ],
)
def test_run_refuses(bundle: Bundle, tmp_path: Path, on: str, output: str, message: str) -> None:
    with pytest.raises(XverifyError, match=message):
        run(bundle, on, tmp_path / output)


@needs_octave
def test_a_bundle_that_may_not_be_written_to_is_run(bundle: Bundle, copied: Copy, tmp_path: Path) -> None:
    fixed = copied(bundle)
    before = sorted(item.name for item in fixed.path.iterdir())
    fixed.path.chmod(stat.S_IRUSR | stat.S_IXUSR)
    try:
        assert run(fixed, "octave", tmp_path / "activations.mat") == 6
        assert compare(fixed, "octave").passed
    finally:
        fixed.path.chmod(stat.S_IRWXU)
    assert sorted(item.name for item in fixed.path.iterdir()) == before


@needs_octave
def test_the_code_of_the_installation_runs_and_not_one_that_lies_in_the_bundle(bundle: Bundle, copied: Copy) -> None:
    trapped = copied(bundle)
    package = trapped.path / "matlab" / "+xverify"
    package.mkdir(parents=True)
    (package / "run.m").write_text("function run(varargin)\nexit(9);\nend\n")
    assert compare(trapped, "octave").passed


@pytest.mark.parametrize("name", ENGINES)
def test_a_program_that_is_absent_is_named_with_what_to_install(
    bundle: Bundle, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv(ENGINES[name].variable, raising=False)
    with pytest.raises(XverifyError, match="is not installed") as caught:
        compare(bundle, name)
    assert ENGINES[name].variable in caught.value.hint


def test_a_variable_that_names_no_program_is_refused(bundle: Bundle, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XVERIFY_OCTAVE", "/no/such/octave")
    with pytest.raises(XverifyError, match="XVERIFY_OCTAVE is '/no/such/octave'"):
        compare(bundle, "octave")


def pretend(monkeypatch: pytest.MonkeyPatch, folder: Path, script: str) -> None:
    """A program in the place of Octave."""
    program = folder / "pretended-octave"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(stat.S_IRWXU)
    monkeypatch.setenv("XVERIFY_OCTAVE", str(program))


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("echo out of memory; exit 3", "ended with exit code 3 and wrote no activations: out of memory"),
        ("exit 0", "ended with exit code 0 and wrote no activations"),
        ("kill -SEGV $$", "was killed by signal 11"),
        (
            "printf 'xverify:run:unsupported\\nNo function for X.' > \"$XVERIFY_FAULT\"; exit 1",
            r"GNU Octave stopped: No function for X. \[xverify:run:unsupported\]",
        ),
    ],
)
def test_what_goes_wrong_in_the_program_is_quoted(
    bundle: Bundle, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, script: str, message: str
) -> None:
    pretend(monkeypatch, tmp_path, script)
    with pytest.raises(XverifyError, match=message):
        compare(bundle, "octave")


def test_a_program_that_takes_too_long_is_stopped_with_its_children(
    bundle: Bundle, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    child = tmp_path / "child"
    pretend(monkeypatch, tmp_path, f"sleep 600 & echo $! > {child}; wait")
    with pytest.raises(XverifyError, match="was stopped after 2 s"):
        compare(bundle, "octave", timeout=2)
    require_gone(int(child.read_text()))


def test_an_interruption_stops_the_program_and_its_children(tmp_path: Path) -> None:
    child = tmp_path / "child"

    def interrupt() -> None:
        while not (child.is_file() and child.read_text().strip()):
            time.sleep(0.02)
        os.kill(os.getpid(), signal.SIGINT)

    Thread(target=interrupt, daemon=True).start()
    with pytest.raises(KeyboardInterrupt):
        run_program("sh", ["/bin/sh", "-c", f"sleep 600 & echo $! > {child}; wait"], {}, tmp_path, 60)
    require_gone(int(child.read_text()))


def require_gone(process: int) -> None:
    """A killed child of a killed parent waits for init to collect it: a zombie is gone."""
    for _ in range(100):
        status = Path(f"/proc/{process}/status")
        if not status.exists() or "State:\tZ" in status.read_text():
            return
        time.sleep(0.05)
    raise AssertionError(f"process {process} still runs")


def test_a_program_that_cannot_be_started_is_named(tmp_path: Path) -> None:
    with pytest.raises(XverifyError, match="Octave cannot be started"):
        run_program("Octave", [str(tmp_path / "none")], {}, tmp_path, 1)


@needs_octave
def test_an_octave_that_is_too_old_is_refused(bundle: Bundle, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    real = shutil.which("octave-cli")
    code = "function v = OCTAVE_VERSION()\nv = '6.4.0';\nend\n"
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "OCTAVE_VERSION.m").write_text(code)
    pretend(monkeypatch, tmp_path, f'exec {real} -qf --no-history --path "{tmp_path}/old" "$@"')
    with pytest.raises(XverifyError, match=r"This is GNU Octave 6\.4\.0; xverify needs version 7 or newer"):
        write_activations(OCTAVE, bundle, tmp_path / "a.mat")


@needs_octave
@pytest.mark.parametrize(
    ("file", "identifier"),
    [("weights.mat", "xverify:load:damaged"), ("reference.mat", "xverify:load:damaged")],
)
def test_a_file_that_was_cut_short_is_named(bundle: Bundle, copied: Copy, file: str, identifier: str) -> None:
    cut = copied(bundle)
    path = cut.path / file
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    rehash(cut.path)
    with pytest.raises(XverifyError, match=identifier):
        list(MatlabLanguageRuntime(OCTAVE, load_bundle(cut.path)).accumulated(cut) or ())


@needs_octave
def test_the_reference_of_another_bundle_is_refused(bundle: Bundle, cnn_bundle: Bundle, copied: Copy) -> None:
    mixed = copied(bundle)
    code = (
        "f = getenv('XVERIFY_FILE'); w = load(f); w.xverify_info.bundle_id = 'other'; save('-v6', f, '-struct', 'w');"
    )
    assert octave(code, {"XVERIFY_FILE": mixed.path / "reference.mat"}).returncode == 0
    with pytest.raises(XverifyError, match=r"of another bundle .*xverify:load:otherBundle"):
        write_activations(OCTAVE, mixed, mixed.path / "a.mat")
