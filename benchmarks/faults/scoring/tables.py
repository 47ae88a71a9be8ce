"""The tables of docs/explanation/diagnosis.md, as Markdown."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from scoring.accepted import ACCEPTED
from scoring.records import TOO_SMALL, Scored

DECADES = ("NaN or another shape", "1 and more", *(f"1e{exponent}" for exponent in range(-1, TOO_SMALL - 1, -1)))
PLACES = ("model.onnx", "weights.mat", "activations")


def fault_tables(faults: Sequence[Scored]) -> Iterator[str]:
    """All tables about planted faults."""
    yield "### Detected, by effect\n\n" + _by_decade(faults, lambda item: item.detected)
    refused = sum(not item.ran for item in faults)
    ran = [item for item in faults if item.detected and item.ran]
    title = f"### First fault exactly right, of those detected ({refused} that no longer run are left out)"
    yield title + "\n\n" + _by_decade(ran, lambda item: item.first_right)
    yield "### Cause, by kind of fault\n\n" + _by_kind(faults)
    yield "### Causes that were claimed, by kind of fault\n\n" + _claims(faults)
    yield "### The same faults under fixed rules\n\n" + _rules(faults)


def _by_decade(faults: Sequence[Scored], holds: Callable[[Scored], bool]) -> str:
    rows = []
    for decade in (*DECADES, "all"):
        own = [item for item in faults if decade in {item.decade, "all"}]
        cells = [_share([item for item in own if item.place == place], holds) for place in PLACES]
        if own:
            rows.append([decade, *cells, _share(own, holds)])
    return table(["effect from", *PLACES, "all"], rows)


def _share(faults: Sequence[Scored], holds: Callable[[Scored], bool]) -> str:
    count = sum(map(holds, faults))
    return f"{count}/{len(faults)} ({_percent(count, len(faults))})" if faults else ""


def _percent(count: int, total: int) -> str:
    """Never rounded to 100% or 0% where it is not."""
    share = 100 * count / total
    digits = 1 if 0 < share < 1 or 99 < share < 100 else 0
    return f"{share:.{digits}f}%"


def _by_kind(faults: Sequence[Scored]) -> str:
    header = ["fault", "planted", "detected", "right cause", "right, named beside", "none", "wrong", "of these certain"]
    known = [kind for kind in ACCEPTED if any(item.kind == kind for item in faults)]
    rows = [_causes(kind, [item for item in faults if item.kind == kind]) for kind in known]
    with_cause = [item for item in faults if item.has_cause]
    rows.append(_causes("**all with a cause file**", with_cause))
    rows.append(_causes("**all**", faults))
    return table(header, rows)


def _causes(title: str, faults: Sequence[Scored]) -> list[str]:
    found = [item for item in faults if item.detected and item.ran]
    right = [item for item in found if item.cause_right]
    beside = [item for item in found if item.named_beside]
    wrong = [item for item in found if item.cause and not item.cause_right and not item.named_beside]
    none = len(found) - len(right) - len(beside) - len(wrong)
    share = f" ({_percent(len(right), len(found))})" if found else ""
    certain = [item for item in found if item.wrong_certain]
    claimed = ", ".join(f"{kind} {count}" for kind, count in Counter(item.cause for item in certain).most_common(3))
    certain_cell = f"{len(certain)} ({claimed})" if certain and not title.startswith("**") else str(len(certain))
    counts = [len(faults), sum(item.detected for item in faults)]
    return [
        title,
        *map(str, counts),
        f"{len(right)}{share}",
        str(len(beside)),
        str(none),
        str(len(wrong)),
        certain_cell,
    ]


def _claims(faults: Sequence[Scored]) -> str:
    """What stands behind the counts; a cause that belongs into `scoring.accepted` shows here."""
    rows = []
    for kind in (kind for kind in ACCEPTED if any(item.kind == kind for item in faults)):
        own = [item for item in faults if item.kind == kind and item.detected and item.ran]
        counts = Counter(item.cause or "none" for item in own)
        right = [
            f"**{name}** {count}" if name in ACCEPTED[kind] else f"{name} {count}"
            for name, count in counts.most_common()
        ]
        rows.append([kind, ", ".join(right)])
    return table(["fault", "causes claimed (right ones bold)"], rows, numbers=False)


def _rules(faults: Sequence[Scored]) -> str:
    rules = _rule_names(item.record for item in faults)
    header = ["effect from", "xverify", *(f"{rule}: {where}" for rule in rules for where in ("outputs", "layers"))]
    rows = []
    for decade in (*DECADES, "all"):
        own = [item for item in faults if decade in {item.decade, "all"}]
        if own:
            cells = [_share(own, _flagged(rule, where)) for rule in rules for where in ("output", "layers")]
            rows.append([decade, _share(own, lambda item: item.detected), *cells])
    return table(header, rows)


def _flagged(rule: str, where: str) -> Callable[[Scored], bool]:
    """Whether a rule flags an output, or more layers, that it does not flag in the correct network."""
    return lambda item: item.record["rules"][rule][where] > item.record["rules_when_correct"][rule][where]


def _rule_names(records: Iterable[Mapping[str, Any]]) -> list[str]:
    return list(dict.fromkeys(rule for record in records for rule in record["rules"]))


def alarm_tables(records: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """All tables about correct networks."""
    done = [record for record in records if not record.get("skipped") and not record.get("error")]
    networks, seeds = {record["network"] for record in done}, {record["seed"] for record in done}
    title = f"### False alarms: {len(networks)} correct networks, {len(seeds)} seeds"
    yield title + "\n\n" + _alarms(done)
    yield "### False alarms of fixed rules on the same runs\n\n" + _rule_alarms(done)
    yield "### The worst layer of each network\n\n" + _by_network(done)
    if len(done) < len(records):
        yield "### Not measured\n\n" + _not_measured(records)


def _alarms(records: Sequence[Mapping[str, Any]]) -> str:
    header = [
        "run by",
        "networks",
        "runs",
        "layers",
        "not compared",
        "layers that fail",
        "worst local",
        "worst accumulated",
        "at",
    ]
    rows = []
    for variant in (*dict.fromkeys(record["variant"] for record in records), "all"):
        own = [record for record in records if variant in {record["variant"], "all"}]
        local, whole = _worst(own, "worst_local"), _worst(own, "worst_accumulated")
        networks, layers = {record["network"] for record in own}, sum(record["layers"] for record in own)
        left_out = layers - sum(record["compared"] for record in own)
        counts = [len(networks), len(own), layers, left_out, sum(map(_false_alarms, own))]
        ratios = [f"{local['worst_local']['ratio']:.2f}", f"{whole['worst_accumulated']['ratio']:.2f}"]
        at = f"{_at(local, 'worst_local')}; {_at(whole, 'worst_accumulated')}"
        rows.append([variant, *map(str, counts), *ratios, at])
    return table(header, rows)


def _worst(records: Sequence[Mapping[str, Any]], measure: str) -> Mapping[str, Any]:
    return max(records, key=lambda record: record[measure]["ratio"])


def _false_alarms(record: Mapping[str, Any]) -> int:
    """Layers that fail, and what else would fail the comparison."""
    return len(record["failed"]) + len(record["problems"])


def _by_network(records: Sequence[Mapping[str, Any]]) -> str:
    header = [
        "network",
        "seeds",
        "layers",
        "not compared",
        "layers that fail",
        "worst local",
        "worst accumulated",
        "at",
    ]
    rows = []
    for network in dict.fromkeys(record["network"] for record in records):
        own = [record for record in records if record["network"] == network]
        measures = [(_worst(own, measure), measure) for measure in ("worst_local", "worst_accumulated")]
        layers = max(record["layers"] for record in own)
        left_out = max(record["layers"] - record["compared"] for record in own)
        counts = [len({record["seed"] for record in own}), layers, left_out, sum(map(_false_alarms, own))]
        ratios = [f"{record[measure]['ratio']:.2f}" for record, measure in measures]
        at = "; ".join(f"`{record[measure]['layer']}` ({record['variant']})" for record, measure in measures)
        rows.append([network, *map(str, counts), *ratios, at])
    return table(header, rows)


def _not_measured(records: Sequence[Mapping[str, Any]]) -> str:
    """What xverify or a runtime refused, and what broke: each reason once for a network."""
    reasons: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for record in records:
        if reason := record.get("skipped") or record.get("error"):
            reasons.setdefault((record["network"], reason.strip().splitlines()[-1]), []).append(record)
    rows = [
        [network, ", ".join(dict.fromkeys(record["variant"] for record in own)), str(len(own)), reason]
        for (network, reason), own in reasons.items()
    ]
    return table(["network", "run by", "runs", "reason"], rows, numbers=False)


def _at(record: Mapping[str, Any], measure: str) -> str:
    return f"{record['network']} `{record[measure]['layer']}`"


def _rule_alarms(records: Sequence[Mapping[str, Any]]) -> str:
    rows = []
    for rule in _rule_names(records):
        layers = sum(record["rules"][rule]["layers"] for record in records)
        outputs = sum(record["rules"][rule]["output"] for record in records)
        any_layer = sum(record["rules"][rule]["layers"] > 0 for record in records)
        rows.append([rule, f"{layers}", f"{any_layer}/{len(records)}", f"{outputs}/{len(records)}"])
    return table(["rule", "layers flagged", "runs with a flagged layer", "runs with a flagged output"], rows)


def table(header: Sequence[str], rows: Sequence[Sequence[str]], *, numbers: bool = True) -> str:
    """A table in Markdown; all columns but the first are aligned as numbers, unless they are texts."""
    lines = [header, ["---", *("---:" if numbers else "---" for _ in header[1:])], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
