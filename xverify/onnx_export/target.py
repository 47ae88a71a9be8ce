"""What a MATLAB-ready file is made for: the operator set, IR version and forms that the passes aim at.

Which release asks for what is data of xverify/compat, a package that stands above this one: a pass is told, it does not
look up.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

Form = Literal["keep", "decompose"]
"""Whether an operator stays, or is written as operators that are known to import."""

OLDEST_OPSET = 13
"""The passes write operators as opset 13 defines them, or newer; MathWorks' own guidance uses 13."""


@dataclass(frozen=True)
class Target:
    """The file that the passes aim at.

    Attributes:
        release: The MATLAB release, 'R2024b'.
        opset: Newest version of the standard operator set that the file may use, at least `OLDEST_OPSET`.
        ir_version: IR version of the file.
        forms: ONNX operator -> its form, for operators that have a choice; 'keep' for those that are not listed, as far as
            the opset has them.
        dynamic_batch: Whether the batch axis is symbolic ('batch') in the file.
    """

    release: str
    opset: int = 17
    ir_version: int = 8
    forms: Mapping[str, Form] = field(default_factory=lambda: MappingProxyType({}))
    dynamic_batch: bool = False

    def decomposes(self, operator: str) -> bool:
        """Whether an operator is to be written as others."""
        return self.forms.get(operator, "keep") == "decompose"
