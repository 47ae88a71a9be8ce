"""GNU Octave or MATLAB on a bundle's weights.mat: xverify.evaluate, started once for some hundred samples.

It gets decoded pixels and prepares them itself. So its preprocessing is checked, too, and its image decoders, which may differ from
Pillow's by a grey level, do not blur the verdict.
"""

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from xverify.bundle.bundle import Bundle
from xverify.datasets.logits_file import Shard, read_shard
from xverify.datasets.mat_names import plain
from xverify.datasets.pixels_file import same_size, write_folder, write_pixels
from xverify.datasets.stream import Part
from xverify.errors import XverifyError
from xverify.runtimes.answers import Answer
from xverify.runtimes.engines import Engine
from xverify.runtimes.matlab_language import TIMEOUT, write_logits

SAMPLES = 512
"""Samples of one start, about: enough for the start not to count, few enough for the memory."""
BYTES = 128_000_000
"""Bytes of their tensors, at most."""


class EngineAnswers:
    """What a program that speaks MATLAB computes.

    Args:
        engine: Which program.
        bundle: The bundle.
        shape: (C, H, W) of the network's input.
        threads: Threads of its matrix products; 0 leaves the choice to it.
        timeout: Seconds until one start of it is stopped.
    """

    notes = ("it ran weights.mat in plain MATLAB code, on the pixels that Python decoded; model.onnx was not read",)

    def __init__(
        self, engine: Engine, bundle: Bundle, shape: tuple[int, int, int], *, threads: int = 0, timeout: float = TIMEOUT
    ) -> None:
        self._engine, self._bundle, self._shape = engine, bundle, shape
        self._threads, self._timeout = threads, timeout
        self._producer = ""

    @property
    def name(self) -> str:
        """The program and, once it has run, its version."""
        return self._producer or self._engine.name

    def answers(self, parts: Iterator[Part]) -> Iterator[Answer]:
        """Collects parts, starts the program, and gives what it wrote to each."""
        for group in _groups(parts):
            shard = self._run(group)
            places = {name: place for place, name in enumerate(shard.names)}
            inputs = {places[name]: tensor for name, tensor in shard.inputs.items() if name in places}
            start = 0
            for part in group:
                end = start + len(part)
                own = {place - start: tensor for place, tensor in inputs.items() if start <= place < end}
                yield Answer(part, shard.logits[start:end], own)
                start = end

    def _run(self, group: Sequence[Part]) -> Shard:
        with tempfile.TemporaryDirectory(prefix="xverify-") as scratch:
            folder = Path(scratch)
            source, names = _write(folder, group)
            output = folder / "logits.mat"
            write_logits(self._engine, self._bundle, source, output, threads=self._threads, timeout=self._timeout)
            shard = read_shard(output, self._shape)
            shutil.rmtree(folder / "images", ignore_errors=True)
        self._producer = shard.producer
        if shard.names != tuple(names) or shard.bundle_id != self._bundle.manifest.bundle_id or shard.first != 0:
            raise XverifyError(
                f"{self.name} did not answer the {len(names)} samples that it was given.",
                "The MATLAB code and the Python code are of different versions: install xverify again.",
            )
        return shard


def _groups(parts: Iterator[Part]) -> Iterator[list[Part]]:
    group: list[Part] = []
    samples = size = 0
    for part in parts:
        group.append(part)
        samples, size = samples + len(part), size + part.tensor.nbytes
        if samples >= SAMPLES or size >= BYTES:
            yield group
            group, samples, size = [], 0, 0
    if group:
        yield group


def _write(folder: Path, group: Sequence[Part]) -> tuple[Path, list[str]]:
    """The samples as one file, or as image files where their sizes differ; and what they are called there."""
    images = [image for part in group for image in part.pixels]
    if not same_size(images):
        return folder / "images", write_folder(folder / "images", images)
    path = folder / "pixels.mat"
    names = [f"{place:06d}/{name}" for place, name in enumerate(name for part in group for name in part.names)]
    write_pixels(path, images, names, [int(label) for part in group for label in part.labels])
    return path, [plain(name) for name in names]
