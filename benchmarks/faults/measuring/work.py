"""Runs cases and checks in several processes: each exports a network of one seed once, and does all that is asked of it."""

import shutil
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Protocol, TypeVar

from planting.graph import FaultGraph
from planting.networks import network

from measuring.false_alarms import OTHER_CPU, Check, check, exported_elsewhere
from measuring.faults_found import Case, flagged_when_correct, measure
from measuring.journal import Journal
from xverify.bundle.bundle import Bundle
from xverify.errors import XverifyError


class Item(Protocol):
    """What Case and Check share."""

    @property
    def network(self) -> str: ...

    @property
    def seed(self) -> int: ...

    @property
    def key(self) -> str: ...


AnyItem = TypeVar("AnyItem", bound=Item)
Result = TypeVar("Result")
Failure = dict[str, str]
"""What stands in a record instead of a result."""
Work = Callable[[Sequence[Any], Journal], None]


@dataclass(frozen=True)
class Plan:
    """What is left to do, a network of one seed at a time."""

    batches: Sequence[Sequence[Any]]

    @property
    def size(self) -> int:
        """Cases or checks in all batches."""
        return sum(map(len, self.batches))


def plan(items: Iterable[AnyItem], journal: Journal, limit: int | None) -> Plan:
    """The items that the journal lacks, at most `limit`, by network and seed."""
    finished = journal.finished()
    left = [item for item in items if item.key not in finished][:limit]
    return Plan([list(group) for _, group in groupby(left, key=lambda item: (item.network, item.seed))])


def run(wanted: Plan, work: Work, journal: Journal, jobs: int) -> None:
    """Does all batches; each result is in the journal as soon as it is there."""
    if jobs == 1:
        for number, batch in enumerate(wanted.batches, 1):
            _progress(number, wanted, batch)
            work(batch, journal)
        return
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn"), initializer=_one_thread) as pool:
        started = {pool.submit(work, batch, journal): batch for batch in wanted.batches}
        for number, done in enumerate(as_completed(started), 1):
            done.result()
            _progress(number, wanted, started[done])


def _one_thread() -> None:
    """Processes that all use all cores wait for each other."""
    import torch

    torch.set_num_threads(1)


def _progress(number: int, wanted: Plan, batch: Sequence[Any]) -> None:
    print(f"{number}/{len(wanted.batches)} {batch[0].network}, seed {batch[0].seed}", file=sys.stderr, flush=True)


def plant_faults(batch: Sequence[Case], journal: Journal) -> None:
    """The cases of one network and seed."""
    with tempfile.TemporaryDirectory(prefix="xverify-") as scratch:
        folder = Path(scratch)
        made = attempt(partial(_correct, batch[0], folder / "bundle"))
        for item in batch:
            if isinstance(made, Correct):
                record = attempt(partial(measure, item, made.graph, made.flagged, folder / "planted"))
                shutil.rmtree(folder / "planted", ignore_errors=True)
            else:
                record = made
            journal.append({"key": item.key, **vars(item), **record})


@dataclass(frozen=True)
class Correct:
    """A network before a fault is planted, and what fixed rules flag in it."""

    graph: FaultGraph
    flagged: dict[str, Any]


def _correct(item: Case, folder: Path) -> Correct:
    bundle = _exported_here(item.network, item.seed, folder)
    return Correct(FaultGraph(bundle), flagged_when_correct(bundle))


def raise_no_alarm(batch: Sequence[Check], journal: Journal) -> None:
    """The checks of one network and seed."""
    with tempfile.TemporaryDirectory(prefix="xverify-") as scratch:
        bundles: dict[bool, Bundle | Failure] = {}
        for item in batch:
            elsewhere = item.variant == OTHER_CPU
            if elsewhere not in bundles:
                export = exported_elsewhere if elsewhere else _exported_here
                folder = Path(scratch) / ("elsewhere" if elsewhere else "here")
                bundles[elsewhere] = attempt(partial(export, item.network, item.seed, folder))
            made = bundles[elsewhere]
            record = attempt(partial(check, item, made)) if isinstance(made, Bundle) else made
            journal.append({"key": item.key, **vars(item), **record})


def _exported_here(name: str, seed: int, folder: Path) -> Bundle:
    return network(name).export(seed, folder)


def attempt(action: Callable[[], Result]) -> Result | Failure:
    """What an action gives; else why it does not: 'skipped' where xverify refuses, 'error' where something is broken.

    A case with an error is tried again by the next run.
    """
    try:
        return action()
    except XverifyError as refusal:
        return {"skipped": f"refused: {refusal.message[:300]}"}
    except Exception:  # noqa: BLE001 -- one case must not end a run of hours
        return {"error": traceback.format_exc(limit=-4)}
