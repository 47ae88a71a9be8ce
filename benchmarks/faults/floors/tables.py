"""The tables of docs/explanation/tolerances.md about k and about a bound for each element, as Markdown."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from scoring.tables import table

from floors.used import IN_OCTAVE, ONNXRUNTIME
from xverify.program.floors import ILL_CONDITIONED, K_ACCUMULATED, K_LOCAL

Record = Mapping[str, Any]
_MORE = "of more networks"

LOCAL_KS = (2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 15, 20)
ACCUMULATED_KS = (2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 30, 40)
ELEMENT_KS = (0.25, 0.5, 1, 1.5, 2, 3, 4, 6, 10)
EFFECTS = (1e-5, 1e-6, 1e-7)
"""A fault of such an effect and more, up to the one before."""


def tables(records: Sequence[Record], alarms: Sequence[Record]) -> Iterator[str]:
    """All tables.

    Args:
        records: What `floors.used` wrote.
        alarms: Of `benchmarks/faults --false-alarms`: correct networks that no fault is planted in.
    """
    done = [record for record in records if not record.get("skipped") and not record.get("error")]
    correct, faults = [item for item in done if not item["kind"]], [item for item in done if item["kind"]]
    more = [ratios for item in alarms if "ratios" in item for ratios in item["ratios"].values()]
    yield "### k of local errors\n\n" + _local(correct, faults, [local for local, _ in more if local is not None])
    yield "### k of accumulated errors\n\n" + _accumulated(
        correct, faults, [whole for _, whole in more if whole is not None]
    )
    yield "### A bound for each element\n\n" + _elements(correct, faults)


def _local(correct: Sequence[Record], faults: Sequence[Record], ratios: Sequence[float]) -> str:
    layers = [floors for item in correct for floors in item["local"].values()]
    more = [ratio * K_LOCAL for ratio in ratios]
    found = [(item["effect"], max(item["local"].values(), default=0.0)) for item in faults]
    rows = [
        [f"{k:g}", _count(layers, k), *([_count(more, k)] if more else []), *_faults(found, _above(k))]
        for k in LOCAL_KS
    ]
    return table(["k", "layers of correct networks that fail", *([_MORE] if more else []), *_fault_header()], rows)


def _accumulated(correct: Sequence[Record], faults: Sequence[Record], ratios: Sequence[float]) -> str:
    rows = []
    found, more = [(item["effect"], item) for item in faults], [ratio * K_ACCUMULATED for ratio in ratios]
    for k in ACCUMULATED_KS:
        shares = [share for item in correct for share in item["shares"]]
        judged = sum(_proves(share, k) for share in shares)
        failing = sum(_fails(layer, k) for item in correct for layer in item["accumulated"])
        cells = _faults(found, _does_not_pass(k))
        others = [_count(more, k)] if more else []
        rows.append([f"{k:g}", f"{failing} of {judged}", str(len(shares) - judged), *others, *cells])
    header = ["k", "layers of correct networks that fail", "ill-conditioned", *([_MORE] if more else [])]
    return table([*header, *_fault_header()], rows)


def _above(k: float) -> Callable[[float], bool]:
    return lambda used: used > k


def _does_not_pass(k: float) -> Callable[[Record], bool]:
    """Without local errors a layer whose accumulated error proves nothing is not compared, and then nothing passes."""
    return lambda item: (
        any(_fails(layer, k) for layer in item["accumulated"]) or not all(_proves(share, k) for share in item["shares"])
    )


def _proves(share: float, k: float) -> bool:
    return k * share <= ILL_CONDITIONED


def _fails(layer: Sequence[float], k: float) -> bool:
    floors, share = layer
    return floors > k and (math.isinf(floors) or _proves(share, k))


def _elements(correct: Sequence[Record], faults: Sequence[Record]) -> str:
    """Linear layers alone, judged by one number a layer and by a bound for each element."""
    rows = []
    for title, used, ks in (
        ("one number a layer, k floors", _by_layer, LOCAL_KS),
        ("each element, with the factor", _by_element, ELEMENT_KS),
        ("each element, without", _by_element_alone, ELEMENT_KS),
    ):
        clean = {
            runtime: [used(item, name) for item in correct if item["runtime"] == runtime for name in item["elements"]]
            for runtime in (ONNXRUNTIME, IN_OCTAVE)
        }
        planted = [
            (item["effect"], max(used(item, name) for name in names))
            for item in faults
            if (names := [name for name in item["touched"] if name in item["elements"]])
        ]
        worst = "; ".join(f"{max(values, default=0.0):.3g}" for values in clean.values())
        for k in ks:
            cells = [_count(values, k) for values in clean.values()]
            rows.append([title, f"{k:g}", *cells, *_faults(planted, _above(k))])
        rows.append([title, "", f"largest: {worst}", "", *[""] * len(_fault_header())])
    return table(["rule", "k", "onnxruntime: fail", "Octave: fail", *_fault_header()], rows)


def _by_layer(item: Record, name: str) -> float:
    return float(item["local"][name])


def _by_element(item: Record, name: str) -> float:
    used, factor = item["elements"][name]
    return float(used / factor)


def _by_element_alone(item: Record, name: str) -> float:
    return float(item["elements"][name][0])


def _count(values: Sequence[float], k: float) -> str:
    return f"{sum(value > k for value in values)} of {len(values)}"


def _fault_header() -> list[str]:
    return [*(f"missed, effect from {effect:.0e}" for effect in EFFECTS), "largest effect missed", "smallest found"]


def _faults(faults: Sequence[tuple[float, Any]], fails: Callable[[Any], bool]) -> list[str]:
    """How many are missed in each range of effects, the largest effect that is missed, and the smallest that is found."""
    seen = [(effect, fails(used)) for effect, used in faults]
    ends = (math.inf, *EFFECTS)
    cells = []
    for low, high in zip(EFFECTS, ends, strict=False):
        own = [found for effect, found in seen if low <= effect and (effect < high or math.isinf(high))]
        cells.append(f"{len(own) - sum(own)} of {len(own)}")
    missed = [effect for effect, found in seen if not found]
    found_ = [effect for effect, found in seen if found]
    return [*cells, f"{max(missed, default=0.0):.1e}", f"{min(found_, default=0.0):.1e}"]
