"""How far the logits of one sample may be apart.

The bundle's tolerance of the output layer was measured on the export's inputs: ten times the rounding that PyTorch itself
showed there. Rounding grows with the values that are rounded, so a sample whose logits are larger than the recorded ones gets
proportionally more, and none gets less than was measured. docs/explanation/tolerances.md has the evidence.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from xverify.bundle.bundle import Bundle
from xverify.bundle.manifest import Layer
from xverify.errors import XverifyError


@dataclass(frozen=True)
class Allowance:
    """The rule for one network.

    Attributes:
        tolerance: The output layer's accumulated tolerance, in logits.
        recorded: The largest magnitude of the logits that it was measured on.
    """

    tolerance: float
    recorded: float

    def of(self, logits: NDArray[Any]) -> NDArray[np.float64]:
        """What each sample is allowed, `(n,)`, by PyTorch's logits `(n, classes)`."""
        largest = np.abs(logits).max(axis=1).astype(np.float64)
        return np.asarray(self.tolerance * np.maximum(1.0, largest / self.recorded))

    def __str__(self) -> str:
        return f"{self.tolerance:.2e} (the bundle's tolerance of its outputs), times largest logit / {self.recorded:.3g} where that is more"


def allowance_of(bundle: Bundle, output: Layer) -> Allowance:
    """The rule for a bundle's output layer.

    Raises:
        XverifyError: Its tolerance proves nothing: ill-conditioned, or all outputs were zero.
    """
    if output.tolerance.accumulated_ill_conditioned:
        raise XverifyError(
            f"The outputs of {bundle.path} are ill-conditioned: rounding alone moves them by more than a thousandth of their size.",
            "No difference on a data set would mean anything. `xverify compare` judges its layers one by one.",
        )
    recorded = float(np.abs(bundle.reference(output)).max(initial=0.0))
    if not recorded > 0:
        raise XverifyError(
            f"All outputs that {bundle.path} recorded are zero: no tolerance could be measured.",
            "Export it with real inputs: --inputs FILE.npy.",
        )
    return Allowance(output.tolerance.accumulated, recorded)
