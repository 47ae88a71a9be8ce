"""Logits files that xverify.evaluate wrote, on another machine perhaps."""

from collections.abc import Iterator, Mapping

import numpy as np

from xverify.datasets.logits_file import LogitsFiles
from xverify.datasets.stream import Part
from xverify.parity.results import OWN_IMAGES
from xverify.runtimes.answers import Answer


class FileAnswers:
    """What the files hold for the samples that are asked for.

    Args:
        files: The files, which are whole and of this data set.
        places: Place in the data set -> place in the files; None where they are the same.
    """

    notes = (OWN_IMAGES,)

    def __init__(self, files: LogitsFiles, places: Mapping[int, int] | None = None) -> None:
        self._files, self._places = files, places

    @property
    def name(self) -> str:
        """Who made the files."""
        return self._files.producer or "a logits file"

    def answers(self, parts: Iterator[Part]) -> Iterator[Answer]:
        """Takes what belongs to each part out of one or several files."""
        shards = self._files.shards()
        shard = next(shards)
        for part in parts:
            rows, inputs = [], {}
            for place, index in enumerate(part.indices):
                row = index if self._places is None else self._places[index]
                while row >= shard.first + len(shard.names):
                    shard = next(shards)
                rows.append(shard.logits[row - shard.first])
                recorded = shard.inputs.get(shard.names[row - shard.first])
                if recorded is not None:
                    inputs[place] = recorded
            yield Answer(part, np.stack(rows), inputs)
