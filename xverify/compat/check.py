"""The word on a file: the predicted network, the findings, the score and what to type in MATLAB, in one record."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from onnx import ModelProto

from xverify.compat.findings import Checked, Finding, find
from xverify.compat.graph_view import view_of
from xverify.compat.matlab_call import MatlabCall, matlab_call
from xverify.compat.prediction import Prediction, predict
from xverify.compat.releases import Release
from xverify.onnx_export.onnx_faults import Fault, opset_of

SCHEMA_VERSION = 1

NOT_RUN = "Not yet run in MATLAB: predictions rest on the sources named."


@dataclass(frozen=True)
class Check:
    """What is predicted of an import; docs/reference/check.md documents each field.

    Attributes:
        file: The file's name, or the bundle's.
        release: The MATLAB release.
        opset: The file's standard operator set; 0 where it names none.
        ir_version: The file's IR version.
        prediction: The network in MATLAB.
        findings: What stands in the way, the worst first.
        call: What to type.
        layer_ids: For a bundle: layer id -> predicted name of the layer that computes it.
        bundle_id: Of the bundle; '' for a plain file.
    """

    file: str
    release: str
    opset: int
    ir_version: int
    prediction: Prediction
    findings: tuple[Finding, ...]
    call: MatlabCall
    layer_ids: dict[str, str]
    bundle_id: str = ""

    @property
    def blocked(self) -> bool:
        """Whether something keeps the file from being imported."""
        return any(finding.severity == "blocks" for finding in self.findings)

    @property
    def custom(self) -> bool:
        """Whether something becomes a custom layer."""
        return any(finding.severity == "custom layer" for finding in self.findings)

    def passed(self, *, strict: bool) -> bool:
        """Whether nothing blocks; if strict, whether nothing becomes a custom layer, either."""
        return not (self.blocked or (strict and self.custom))

    def to_dict(self) -> dict[str, Any]:
        """Plain data, `schema_version` first."""
        return {
            "schema_version": SCHEMA_VERSION,
            "file": self.file,
            "release": self.release,
            "blocked": self.blocked,
            "custom_layers": self.custom,
            "opset": self.opset,
            "ir_version": self.ir_version,
            "score": asdict(self.prediction.score),
            "findings": [asdict(finding) for finding in self.findings],
            "layers": [asdict(layer) for layer in self.prediction.layers],
            "naming": {"confidence": self.prediction.naming_confidence, "source": self.prediction.naming_source},
            "layer_ids": self.layer_ids,
            "bundle_id": self.bundle_id,
            "matlab": {"lines": list(self.call.lines), "notes": list(self.call.notes)},
            "run_in_matlab": False,
        }


def check_model(
    model: ModelProto, file: str, faults: Sequence[Fault], external: Sequence[str], release: Release
) -> Check:
    """Predicts an import.

    Args:
        model: The file.
        file: Its name, as MATLAB is to find it.
        faults: What is structurally wrong with it.
        external: Other files that hold its weights.
        release: The release that imports it.
    """
    view = view_of(model)
    prediction = predict(view, release)
    return Check(
        file=file,
        release=release.name,
        opset=opset_of(model),
        ir_version=model.ir_version,
        prediction=prediction,
        findings=find(Checked(model, view, prediction, faults, external, release)),
        call=matlab_call(view, file, release),
        layer_ids={},
    )
