"""A file of results, one JSON object a line: what is there is not measured again."""

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Record = Mapping[str, Any]


@dataclass(frozen=True)
class Journal:
    """Results by their `key`. Several processes may append at once."""

    path: Path

    def append(self, record: Record) -> None:
        """Adds a line in one write, which the system does not mix with another's."""
        line = json.dumps(record) + "\n"
        file = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        try:
            os.write(file, line.encode())
        finally:
            os.close(file)

    def records(self) -> list[Record]:
        """All results, the last of each key; a line that an interruption cut is left out."""
        return list({str(record["key"]): record for record in self._lines()}.values())

    def finished(self) -> set[str]:
        """Keys that need not be measured again: those that did not end in an error."""
        return {str(record["key"]) for record in self.records() if not record.get("error")}

    def _lines(self) -> Iterator[Record]:
        if not self.path.is_file():
            return
        for line in self.path.read_text(encoding="utf-8").splitlines():
            try:
                yield json.loads(line)
            except json.JSONDecodeError:
                continue
