"""The pytest plugin: the fixture `xverify_parity`, the marker `xverify`, the options `--xverify-...`.

pytest imports this module in every session of an environment that has xverify, also where no test uses it. So it imports
nothing that costs anything: torch and the rest come with the first call of the fixture. What a test compared goes into
its report as properties. They reach pytest's JUnit file and, from the workers of pytest-xdist, the process that prints.
"""

import hashlib
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from xverify.errors import XverifyError
from xverify.testing import ParityError, compare_model

if TYPE_CHECKING:
    from torch import nn

    from xverify.comparison.policy import Policy
    from xverify.comparison.results import Comparison

FIXTURE = "xverify_parity"
MARKER = "xverify"

_VERDICT, _LAYERS, _REFUSED = "xverify.verdict", "xverify.layers", "xverify.refused"
_MAX_NAME = 80


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options."""
    group = parser.getgroup("xverify", "xverify: PyTorch networks on other runtimes")
    group.addoption(
        "--xverify-against",
        action="append",
        default=[],
        metavar="RUNTIME|FILE.mat",
        help="what xverify_parity compares with, where the test does not say: onnxruntime (the default), octave, matlab or a "
        "file. Repeat for several.",
    )
    group.addoption("--xverify-keep", metavar="DIR", help="keep the bundles of comparisons that fail in DIR.")
    group.addoption("--xverify-json", metavar="DIR", help="write each test's comparisons to a JSON file in DIR.")


def pytest_configure(config: pytest.Config) -> None:
    """The marker; and the count of comparisons, in the process that prints."""
    config.addinivalue_line(
        "markers",
        "xverify(against=..., atol=..., rtol=..., allow={LAYER: REASON}, keep=DIR): defaults of xverify_parity in this test",
    )
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(_Tally(), "xverify-tally")


@pytest.fixture
def xverify_parity(request: pytest.FixtureRequest) -> "Parity":
    """Exports a model and asserts that every layer passes: `xverify_parity(model, inputs)`. Returns the Comparison."""
    return Parity(request.node, request.config)


@pytest.hookimpl(hookwrapper=True)  # pytest before 8 knows no other form, and loads this module too
def pytest_runtest_makereport(item: pytest.Item, call: "pytest.CallInfo[None]") -> Iterator[None]:
    """A comparison that failed shows its message and no traceback; `--full-trace` brings pytest's own form back."""
    outcome: Any = yield
    report = outcome.get_result()
    if report.passed and report.when == "call":
        _warn_if_never_called(item)
    elif report.failed and call.excinfo is not None and not item.config.getoption("fulltrace"):
        error = call.excinfo.value
        if isinstance(error, ParityError) or (isinstance(error, XverifyError) and _uses_fixture(item)):
            report.longrepr = call.excinfo.getrepr(style="value", chain=False)
            if (crash := report.longrepr.reprcrash) is not None:
                # Without the exception's name; in CI pytest would repeat the whole text in its summary.
                crash.message = str(error).partition("\n")[0]


def _warn_if_never_called(item: pytest.Item) -> None:
    parity = getattr(item, "funcargs", {}).get(FIXTURE)
    if isinstance(parity, Parity) and not parity.called:
        item.warn(pytest.PytestWarning(f"{FIXTURE} was requested and not called: xverify compared nothing here."))


def pytest_runtest_setup(item: pytest.Item) -> None:
    """A test that is marked and does not use the fixture compares nothing: it must not look as if it did."""
    if any(marker.name == MARKER for marker in item.own_markers) and not _uses_fixture(item):
        item.warn(
            pytest.PytestWarning(f"marked '{MARKER}', but does not use {FIXTURE}: xverify compares nothing here.")
        )


def _uses_fixture(item: pytest.Item) -> bool:
    return FIXTURE in getattr(item, "fixturenames", ())


@dataclass(frozen=True)
class Defaults:
    """What applies where a call of the fixture says nothing: the marker's values, else the command line's."""

    against: Sequence[str | Path] = ("onnxruntime",)
    atol: float | None = None
    rtol: float | None = None
    allow: Mapping[str, str] = field(default_factory=dict)
    keep: Path | None = None


class Parity:
    """What the fixture gives: a function that asserts parity, and `comparisons`, all that it made in this test."""

    def __init__(self, item: pytest.Item, config: pytest.Config) -> None:
        self._item = item
        self._config = config
        self._defaults = _defaults(item, config)
        self._json = _folder(config, config.getoption("--xverify-json"))
        if self._json is not None:  # what an earlier session found says nothing about this one
            _prepared(self._json, self._json_file(self._json))
        self.called = 0
        self.comparisons: list[Comparison] = []

    def __call__(
        self,
        model: "nn.Module",
        inputs: Any,
        *,
        against: "str | Path | Sequence[str | Path] | None" = None,
        atol: float | None = None,
        rtol: float | None = None,
        allow: Mapping[str, str] | None = None,
        policy: "Policy | None" = None,
        keep: "str | Path | None" = None,
        **options: Any,
    ) -> "Comparison":
        """Exports the model, compares every layer, and fails the test unless all pass.

        Args:
            model: A torch.nn.Module of float32 parameters.
            inputs: A tensor, a tuple of positional inputs, or a dict of keyword inputs.
            against: 'onnxruntime', 'octave', 'matlab', the path of a .mat file of activations, or a list of them.
            atol: Fixed absolute tolerance for every layer, instead of the calibrated one; in the layers' units.
            rtol: Fixed relative tolerance.
            allow: Layer id or module path -> reason for accepting that it is not compared; added to the marker's.
            policy: Finer settings; it replaces the marker's `atol` and `rtol`.
            keep: The folder in which the bundle is kept where the comparison fails, below a name made of the test's.
            **options: As for `xverify.testing.assert_parity`.

        Returns:
            The comparison with the first of `against`; `comparisons` has all.

        Raises:
            ParityError: A comparison did not pass; the message says where and why.
            XverifyError: The model cannot be exported or run.
        """
        __tracebackhide__ = True
        self.called += 1
        name = _name(self._item, self.called)
        kept = self._defaults.keep if keep is None else _folder(self._config, keep)
        try:
            comparisons, text = compare_model(
                model,
                inputs,
                self._defaults.against if against is None else _listed(against),
                self._policy(policy, atol, rtol, allow),
                keep=None if kept is None else kept / name,
                how_to_keep="run pytest with --xverify-keep DIR; FOLDER is then DIR/" + name,
                folder=name,
                place=_caller(self._config),
                **options,
            )
        except XverifyError as error:
            self._refuse(error)
            raise
        self._record(comparisons)
        try:
            self._write()
        except XverifyError as error:  # a report that cannot be written never costs the verdict
            if not text:
                raise
            text += f"\n\n{error.message}"
        if text:
            raise ParityError(text, comparisons)
        return comparisons[0]

    def _policy(
        self, policy: "Policy | None", atol: float | None, rtol: float | None, allow: Mapping[str, str] | None
    ) -> "Policy":
        from xverify.comparison.policy import Policy, fixed_tolerance

        if policy is None and atol is None and rtol is None:
            atol, rtol = self._defaults.atol, self._defaults.rtol
        allowed = {**self._defaults.allow, **(allow or {})}
        for layer, reason in allowed.items():
            if not isinstance(reason, str) or not reason.strip():
                raise XverifyError(
                    f"allow: '{layer}' has no reason.", "Write allow={'LAYER': 'why it need not be compared'}."
                )
        return (policy or Policy()).updated(fixed_tolerance(atol, rtol), [], allowed)

    def _refuse(self, error: XverifyError) -> None:
        """What cannot be compared counts too; the message may hold names from the model."""
        from xverify.report.text import one_line, printable

        error.message, error.hint = printable(error.message), printable(error.hint)
        self._item.user_properties.append((_REFUSED, one_line(error.message)))

    def _record(self, comparisons: "list[Comparison]") -> None:
        from xverify.report.text import one_line

        self.comparisons += comparisons
        for comparison in comparisons:
            properties = {
                "xverify.model": comparison.model,
                "xverify.against": comparison.against,
                _VERDICT: "passed" if comparison.passed else "failed",
                _LAYERS: f"{comparison.coverage.compared}/{comparison.coverage.total}",
                "xverify.first_fault": comparison.first_fault or "",
            }
            self._item.user_properties += [(key, one_line(value)) for key, value in properties.items() if value]

    def _write(self) -> None:
        if self._json is not None:
            from xverify.report.formats import write_report

            write_report("json", self.comparisons, self._json_file(self._json))

    def _json_file(self, folder: Path) -> Path:
        return folder / f"{_name(self._item)}.json"


def _defaults(item: pytest.Item, config: pytest.Config) -> Defaults:
    """The values of the test's markers, the nearest first, on top of the command line's."""
    given: dict[str, Any] = {}
    if against := config.getoption("--xverify-against"):
        given["against"] = tuple(against)
    if keep := config.getoption("--xverify-keep"):
        given["keep"] = keep
    known = [item.name for item in fields(Defaults)]
    for marker in reversed(list(item.iter_markers(MARKER))):
        unknown = [*map(repr, marker.args), *(name for name in marker.kwargs if name not in known)]
        if unknown:
            raise XverifyError(
                f"The marker '{MARKER}' does not know {', '.join(unknown)}.", f"Known: {', '.join(known)}."
            )
        if {"atol", "rtol"} & set(marker.kwargs):  # a tolerance is the pair: where only one is given the other is 0
            given |= {"atol": None, "rtol": None}
        given |= {**marker.kwargs, "allow": {**given.get("allow", {}), **marker.kwargs.get("allow", {})}}
    if "against" in given:
        given["against"] = _listed(given["against"])
    if "keep" in given:
        given["keep"] = _folder(config, given["keep"])
    return Defaults(**given)


def _listed(against: "str | Path | Sequence[str | Path]") -> Sequence[str | Path]:
    listed = (against,) if isinstance(against, str | Path) else tuple(against)
    if not listed:
        raise XverifyError("`against` is empty: nothing would be compared.", "Name a runtime, or leave it out.")
    return listed


def _prepared(folder: Path, file: Path) -> None:
    """Makes the folder of --xverify-json, without an earlier session's file of this test."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file.unlink(missing_ok=True)
    except OSError as error:
        raise XverifyError(
            f"--xverify-json: {folder} is no folder that can be written to: {error.strerror}.", "Name another folder."
        ) from error


def _folder(config: pytest.Config, path: "str | Path | None") -> Path | None:
    return None if path is None else config.invocation_params.dir / path


def _name(item: pytest.Item, number: int = 1) -> str:
    """A file name that tells the test, of harmless characters; the digest keeps apart what they make equal."""
    path, _, test = item.nodeid.partition("::")
    words = re.sub(r"[^A-Za-z0-9_]+", "-", f"{Path(path).stem}-{test}").strip("-")[:_MAX_NAME]
    digest = hashlib.sha256(item.nodeid.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"{words or 'test'}-{digest}" + (f"-{number}" if number > 1 else "")


def _caller(config: pytest.Config) -> str:
    """Where the test called the fixture."""
    from xverify.report.text import one_line

    frame = sys._getframe(2)  # past this function and the fixture's call
    path = Path(frame.f_code.co_filename)
    place = path.relative_to(config.rootpath) if path.is_relative_to(config.rootpath) else path
    return one_line(f"{place}:{frame.f_lineno}")


class _Tally:
    """Counts what the tests compared, from the properties of their reports, and prints one line."""

    def __init__(self) -> None:
        self.verdicts: list[str] = []
        self.layers: list[tuple[int, int]] = []
        self.refused = 0

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "teardown":  # the last report of a test has the properties of all
            self._count(report.user_properties)

    def _count(self, properties: Iterable[tuple[str, object]]) -> None:
        for name, value in properties:
            if name == _VERDICT:
                self.verdicts.append(str(value))
            elif name == _LAYERS:
                compared, _, total = str(value).partition("/")
                self.layers.append((int(compared), int(total)))
            elif name == _REFUSED:
                self.refused += 1

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        if self.verdicts or self.refused:
            bad = self.refused or "failed" in self.verdicts
            terminalreporter.write_line(self.line(), red=bool(bad), green=not bad)

    def line(self) -> str:
        """'xverify: 12 networks compared, 431 layers, 1 failed'."""
        networks, failed = len(self.verdicts), self.verdicts.count("failed")
        compared, total = (sum(column) for column in zip(*self.layers, strict=True)) if self.layers else (0, 0)
        layers = f"{compared} layers" if compared == total else f"{compared} of {total} layers"
        parts = [f"{networks} network{'' if networks == 1 else 's'} compared", layers, f"{failed} failed"]
        if self.refused:
            parts.append(f"{self.refused} could not be compared")
        return f"xverify: {', '.join(parts)}"
