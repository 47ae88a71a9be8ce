"""Which tolerance a layer gets, and which layers the user accepts uncompared: the user's settings.

The default is the calibrated tolerance that the bundle recorded. A fixed tolerance (numpy's atol and rtol) replaces it
where the user gives one, for all layers or by pattern; the last pattern that matches wins.
"""

import fnmatch
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from xverify.bundle.manifest import Layer
from xverify.errors import XverifyError


@dataclass(frozen=True)
class Fixed:
    """|actual - expected| <= atol + rtol * |expected|, elementwise: numpy's meaning."""

    atol: float = 0.0
    rtol: float = 0.0


@dataclass(frozen=True)
class Policy:
    """How a comparison judges.

    Attributes:
        default: A fixed tolerance for every layer instead of the calibrated one; None keeps the calibrated one.
        layers: (pattern, tolerance) in order; the last pattern that matches a layer's id or module path wins.
        allow: Layer id or module path -> the user's reason for accepting that it is not compared. It never makes a failed
            layer pass.
        check_parameters: Whether every initializer is checked bit for bit first.
    """

    default: Fixed | None = None
    layers: tuple[tuple[str, Fixed], ...] = ()
    allow: Mapping[str, str] = field(default_factory=dict)
    check_parameters: bool = True

    def fixed_for(self, layer: Layer) -> Fixed | None:
        """The fixed tolerance of a layer, or None for the calibrated one."""
        chosen = self.default
        for pattern, fixed in self.layers:
            if _matches(pattern, layer):
                chosen = fixed
        return chosen

    def permission(self, layer: Layer) -> str:
        """The user's reason for accepting that a layer is not compared; '' if there is none."""
        return self.allow.get(layer.id, "")

    def resolved(self, layers: Iterable[Layer]) -> "Policy":
        """This policy for these layers, with each permission by layer id where it was given by module path.

        Raises:
            XverifyError: A pattern matches no layer, or a permission does not name exactly one: a typing error must not
                loosen or hide anything.
        """
        known = list(layers)
        for pattern, _ in self.layers:
            if not any(_matches(pattern, layer) for layer in known):
                raise XverifyError(
                    f"The layer pattern '{pattern}' matches no layer of this bundle.",
                    "`xverify inspect BUNDLE` lists the layers.",
                )
        return replace(self, allow={_named(name, known): reason for name, reason in self.allow.items()})

    def updated(self, default: Fixed | None, layers: Iterable[tuple[str, Fixed]], allow: Mapping[str, str]) -> "Policy":
        """This policy (from a settings file) with the command line's options on top."""
        return replace(
            self, default=default or self.default, layers=(*self.layers, *layers), allow={**self.allow, **allow}
        )


def _named(name: str, layers: Iterable[Layer]) -> str:
    """The id of the layer of that id, else of the only layer of that module."""
    if any(layer.id == name for layer in layers):
        return name
    named = [layer.id for layer in layers if layer.module_path == name]
    if len(named) != 1:
        raise XverifyError(
            f"The permission for '{name}' names {'several layers' if named else 'no layer'} of this bundle.",
            f"Name one: {', '.join(named)}." if named else "`xverify inspect BUNDLE` lists the layers.",
        )
    return named[0]


def _matches(pattern: str, layer: Layer) -> bool:
    return fnmatch.fnmatchcase(layer.id, pattern) or fnmatch.fnmatchcase(layer.module_path, pattern)


def fixed_tolerance(atol: float | None, rtol: float | None) -> Fixed | None:
    """The command line's --atol and --rtol; None where neither was given.

    Raises:
        XverifyError: A negative or infinite number.
    """
    given = {name: value for name, value in (("atol", atol), ("rtol", rtol)) if value is not None}
    return _fixed(given, "--atol/--rtol") if given else None


def parse_layer_option(text: str) -> tuple[str, Fixed]:
    """'GLOB:atol=1e-4,rtol=1e-3' as a pattern and its tolerance.

    >>> parse_layer_option("features_*:atol=1e-4")
    ('features_*', Fixed(atol=0.0001, rtol=0.0))

    Raises:
        XverifyError: Another form, an unknown name, or a negative number.
    """
    pattern, colon, settings = text.rpartition(":")
    pairs = dict(part.partition("=")[::2] for part in settings.split(",") if part)
    if not (pattern and colon and pairs):
        raise XverifyError(
            f"--layer '{text}' is not of the form GLOB:atol=NUMBER,rtol=NUMBER.",
            "Example: --layer 'features_*:atol=1e-4'",
        )
    return pattern, _fixed(pairs, f"--layer '{text}'")


def parse_allow_option(text: str) -> tuple[str, str]:
    """'LAYER=REASON' as a layer id and a reason, both required.

    Raises:
        XverifyError: The reason is missing.
    """
    name, _, reason = text.partition("=")
    if not (name.strip() and reason.strip()):
        raise XverifyError(
            f"--allow '{text}' gives no reason.", "Write --allow LAYER=REASON: the reason is printed with the verdict."
        )
    return name.strip(), reason.strip()


def read_settings(folder: Path) -> Policy:
    """A project's settings: xverify.toml, else [tool.xverify] of pyproject.toml, of `folder` or the nearest folder above.

    Keys: atol, rtol, [allow] LAYER = "reason", [[layer]] pattern = "GLOB", atol, rtol.

    Raises:
        XverifyError: Broken TOML, an unknown key, a wrong type.
    """
    for place in (folder, *folder.resolve().parents):
        for name, path in (("xverify.toml", ()), ("pyproject.toml", ("tool", "xverify"))):
            table = _table(place / name, path)
            if table is not None:
                return _policy(table, str(place / name))
    return Policy()


def _table(file: Path, path: tuple[str, ...]) -> dict[str, Any] | None:
    if not file.is_file():
        return None
    try:
        content: Any = tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise XverifyError(
            f"{file} is not valid TOML: {error}", "Mend the file, or run from another folder."
        ) from error
    for key in path:
        content = content.get(key, {}) if isinstance(content, dict) else None
    if not isinstance(content, dict):
        raise XverifyError(f"{file}: [{'.'.join(path)}] is not a table.", "See docs/reference/settings.md.")
    if path and not content:
        return None
    return dict(content)


def _policy(table: dict[str, Any], where: str) -> Policy:
    known = {"atol", "rtol", "allow", "layer"}
    if unknown := sorted(set(table) - known):
        raise XverifyError(
            f"{where} has unknown settings: {', '.join(unknown)}.", f"Known: {', '.join(sorted(known))}."
        )
    layers, allow = table.get("layer", []), table.get("allow", {})
    if not isinstance(layers, list) or not isinstance(allow, dict):
        raise XverifyError(
            f"{where}: 'layer' is a list of tables and 'allow' a table.", "See docs/reference/settings.md."
        )
    pairs = []
    for entry in layers:
        if not isinstance(entry, dict) or not isinstance(entry.get("pattern"), str) or not entry["pattern"]:
            raise XverifyError(f"{where}: a [[layer]] has no pattern.", 'Write pattern = "features_*".')
        pairs.append(
            (
                entry["pattern"],
                _fixed({k: v for k, v in entry.items() if k != "pattern"}, f"{where}, [[layer]] {entry['pattern']}"),
            )
        )
    for name, reason in allow.items():
        if not isinstance(reason, str) or not reason.strip():
            raise XverifyError(
                f"{where}: allow.{name} has no reason.", f'Write {name} = "why this layer need not be compared".'
            )
    fixed: dict[str, Any] = {key: table[key] for key in ("atol", "rtol") if key in table}
    return Policy(default=_fixed(fixed, where) if fixed else None, layers=tuple(pairs), allow=dict(allow))


def _fixed(pairs: Mapping[str, Any], where: str) -> Fixed:
    if unknown := sorted(set(pairs) - {"atol", "rtol"}):
        raise XverifyError(f"{where}: unknown setting '{unknown[0]}'.", "Known: atol, rtol.")
    if not pairs:
        raise XverifyError(f"{where} gives neither atol nor rtol.", "Example: atol=1e-4,rtol=1e-3")
    try:
        values = {key: _number(value) for key, value in pairs.items()}
    except (TypeError, ValueError):
        raise XverifyError(f"{where}: atol and rtol are numbers.", "Example: atol=1e-4,rtol=1e-3") from None
    if not all(0 <= value < float("inf") for value in values.values()):
        raise XverifyError(f"{where}: atol and rtol are finite and not negative.", "Example: atol=1e-4,rtol=1e-3")
    return Fixed(**values)


def _number(value: Any) -> float:
    if isinstance(value, bool):  # TOML's true would be 1.0
        raise TypeError
    return float(value)
