"""`xverify reimport`: the parameters of a .mat file as a state_dict of the bundle's PyTorch model."""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from xverify.bundle.bundle import Bundle
from xverify.bundle.folder import replacing, require_free
from xverify.errors import XverifyError
from xverify.weights.compare import comparison_of
from xverify.weights.examine import Item
from xverify.weights.results import Reimport, Verification, WeightsComparison
from xverify.weights.state_dict import TunedState, tuned_state, unused_names
from xverify.weights.write_state import require_target, write_state
from xverify.workflows.weights import Examined, WeightsOptions, examine_file


@dataclass(frozen=True)
class VerifyRequest:
    """How a reimport is verified.

    Attributes:
        against: 'octave', 'matlab', or a .mat file of activations that the tuned network gives on the bundle's inputs.
        model: What to rebuild, as `xverify export` takes it; '' for the source that the bundle names.
        bundle: Where to keep the tuned model's bundle; None where it is not kept.
    """

    against: str = "octave"
    model: str = ""
    bundle: Path | None = None


def reimport(
    bundle: Bundle | str | Path,
    file: str | Path,
    output: str | Path,
    *,
    partial: bool = False,
    force: bool = False,
    verify: VerifyRequest | None = None,
    **options: Any,
) -> Reimport:
    """Writes a state_dict with the values of a .mat file: PyTorch's names, shapes and dtypes, parameters and buffers.

    Nothing is written before everything else is done. A state_dict whose verification fails is written all the same, and the
    record says that it failed: its values are the file's, and looking for the reason needs them.

    Args:
        bundle: A bundle, or its folder.
        file: As for `compare_weights`.
        output: A `.safetensors` or `.pt` file.
        partial: Keep the exported values of what the file does not have.
        force: Replace an existing file, or bundle.
        verify: Whether, and how, to run the tuned model and compare it with MATLAB's side.
        **options: See `WeightsOptions`.

    Raises:
        XverifyError: What `compare_weights` raises; a parameter is missing, has another shape, or cannot be had from the
            file without a guess; the output cannot be written; or what `verify` asks for cannot be done.
    """
    target = Path(output)
    require_target(target, force=force)
    if verify is not None:
        _require_possible(verify, bundle.path if isinstance(bundle, Bundle) else Path(bundle), force=force)
    given = WeightsOptions(**options)
    found = examine_file(bundle, Path(file), given)
    state = tuned_state(found.expected, found.items, str(file), partial=partial)
    comparison = comparison_of(found.expected, found.source, found.items, given.atol)
    about = {"bundle_id": comparison.bundle_id, "made_from": comparison.file}
    with _verified(found, state, verify, target, force=force) as verification:
        write_state(target, state.arrays, about)
    return _record(target, state, found.items, comparison, verification, verify.bundle if verify else None)


def _require_possible(verify: VerifyRequest, exported: Path, *, force: bool) -> None:
    from xverify.workflows.reimport_verification import require_other_side

    require_other_side(verify.against)
    against = Path(verify.against).resolve()
    if against.parent == exported.resolve() and against.name.startswith("reference"):
        raise XverifyError(
            f"{verify.against} holds what PyTorch gave at export, and nothing of MATLAB's.",
            "Give activations that the tuned network has in MATLAB or Octave, or --verify alone.",
        )
    if verify.bundle is not None and verify.bundle.resolve() == exported.resolve():
        raise XverifyError(
            f"{verify.bundle} is the exported bundle: the tuned model's would replace what it is compared with.",
            "Keep it in another folder: --bundle DIR",
        )
    if verify.bundle is not None:
        require_free(verify.bundle, force=force)


@contextmanager
def _verified(
    found: Examined, state: TunedState, verify: VerifyRequest | None, target: Path, *, force: bool
) -> Iterator[Verification | None]:
    """The verdict; the tuned bundle, if it is kept, gets its place when the block has ended without an error."""
    if verify is None:
        yield None
        return
    from xverify.workflows.reimport_verification import verify_state

    if verify.bundle is None:
        with tempfile.TemporaryDirectory(prefix="xverify-") as folder:
            yield verify_state(found, state, verify.against, verify.model, Path(folder), target.name)
        return
    with replacing(verify.bundle, force=force) as kept:
        with tempfile.TemporaryDirectory(
            prefix=".xverify-", dir=kept.parent
        ) as folder:  # on the same disk: it is moved
            verification = verify_state(found, state, verify.against, verify.model, Path(folder), target.name)
            for item in (Path(folder) / "bundle").iterdir():
                item.rename(kept / item.name)
        yield verification


def _record(
    target: Path,
    state: TunedState,
    items: Sequence[Item],
    comparison: WeightsComparison,
    verification: Verification | None,
    kept: Path | None,
) -> Reimport:
    return Reimport(
        output=str(target),
        names=tuple(state.arrays),
        changed=state.changed,
        kept=dict(state.kept),
        unused=tuple(unused_names(items)),
        notes=(*comparison.notes, *state.notes),
        comparison=comparison,
        verification=verification,
        bundle=str(kept) if kept is not None else "",
    )
