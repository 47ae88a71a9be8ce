"""Results of other commands, read to stand beside a comparison in a report."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec

from xverify.errors import XverifyError
from xverify.report.beside import section
from xverify.report.extra import Extra
from xverify.report.summary import Fact

_UNKNOWN = Fact("bundle", "the result names none: it may be of another network, so its verdict is not shown")

_HINT = "Give what `xverify check`, `weights` or `evaluate-parity` wrote with --json."


def read_extras(paths: Sequence[Path], bundle_ids: Collection[str]) -> list[Extra]:
    """The sections of some files, in their order.

    Args:
        paths: JSON files.
        bundle_ids: Bundles that the report is about: a result of another one is refused.

    Raises:
        XverifyError: A file cannot be read, is none of the known kinds, or is about another bundle. One that names no bundle (of a
            plain ONNX file) is shown without its verdict, and says so.
    """
    return [_section(path, _read(path), bundle_ids) for path in paths]


def _read(path: Path) -> dict[str, Any]:
    try:
        content = msgspec.json.decode(path.read_bytes())
    except OSError as error:
        raise XverifyError(f"{path} cannot be read: {error.strerror}.", _HINT) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise XverifyError(f"{path} is no JSON: {error}.", _HINT) from error
    if not isinstance(content, dict):
        raise XverifyError(f"{path} holds no result.", _HINT)
    return content


def _section(path: Path, content: dict[str, Any], bundle_ids: Collection[str]) -> Extra:
    other = content.get("bundle_id") or ""
    if other and other not in bundle_ids:
        raise XverifyError(f"{path} is about another bundle: {other}.", "Run its command again, on this bundle.")
    try:
        found = section(content)
    except msgspec.ValidationError as error:
        raise XverifyError(f"{path} is damaged: {error}.", _HINT) from error
    if found is None:
        raise XverifyError(f"{path} holds nothing that stands beside a comparison.", _HINT)
    return found if other else replace(found, verdict="", facts=(_UNKNOWN, *found.facts))
