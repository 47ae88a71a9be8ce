"""`xverify reimport`: the parameters of a .mat file as a state_dict of the bundle's PyTorch model."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from xverify.bundle.bundle import Bundle
from xverify.weights.compare import comparison_of
from xverify.weights.examine import Item
from xverify.weights.results import Reimport, WeightsComparison
from xverify.weights.state_dict import TunedState, tuned_state, unused_names
from xverify.weights.write_state import require_target, write_state
from xverify.workflows.weights import WeightsOptions, examine_file


def reimport(
    bundle: Bundle | str | Path,
    file: str | Path,
    output: str | Path,
    *,
    partial: bool = False,
    force: bool = False,
    **options: Any,
) -> Reimport:
    """Writes a state_dict with the values of a .mat file: PyTorch's names, shapes and dtypes, parameters and buffers.

    Args:
        bundle: A bundle, or its folder.
        file: As for `compare_weights`.
        output: A `.safetensors` or `.pt` file.
        partial: Keep the exported values of what the file does not have.
        force: Replace an existing file.
        **options: See `WeightsOptions`.

    Raises:
        XverifyError: What `compare_weights` raises; a parameter is missing, has another shape, or cannot be had from the
            file without a guess; or the output cannot be written.
    """
    target = Path(output)
    require_target(target, force=force)
    given = WeightsOptions(**options)
    found = examine_file(bundle, Path(file), given)
    state = tuned_state(found.expected, found.items, str(file), partial=partial)
    comparison = comparison_of(found.expected, found.source, found.items, given.atol)
    write_state(target, state.arrays, {"bundle_id": comparison.bundle_id, "made_from": comparison.file})
    return _record(target, state, found.items, comparison)


def _record(target: Path, state: TunedState, items: Sequence[Item], comparison: WeightsComparison) -> Reimport:
    return Reimport(
        output=str(target),
        names=tuple(state.arrays),
        changed=state.changed,
        kept=dict(state.kept),
        unused=tuple(unused_names(items)),
        notes=(*comparison.notes, *state.notes),
        comparison=comparison,
    )
