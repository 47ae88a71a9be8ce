"""Exports of a network that was captured before, so that a test pays only for the stages that it is about."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import onnx_ir as ir
import pytest
from captured_networks import captured, conv_net
from torch import nn

from xverify.bundle.bundle import Bundle
from xverify.comparison.results import Comparison
from xverify.program.capture import Arguments, Captured
from xverify.workflows import export as workflow
from xverify.workflows.export import export
from xverify.workflows.export_options import ExportOptions

OPTIONS = ExportOptions(
    name="net", source="tests:conv_net", weights="seeded", classes=("cat", "dog"), seed=11, noise_runs=3, command="xverify export net",
    warnings=("seeded weights",),
)  # fmt: skip  # fmt: skip

Quick = Callable[..., tuple[Bundle, Comparison]]


def quick_export(monkeypatch: pytest.MonkeyPatch) -> Quick:
    """`export` of conv_net to a path, with other options if wanted; torch is not asked again."""
    case = captured(conv_net)

    def capture_again(_: nn.Module, __: Arguments) -> Captured:
        return replace(case.captured, onnx_model=ir.from_proto(ir.to_proto(case.captured.onnx_model)))

    monkeypatch.setattr(workflow, "capture", capture_again)

    def run(path: Path, **options: Any) -> tuple[Bundle, Comparison]:
        return export(case.model, case.inputs, path, replace(OPTIONS, **options))

    return run


def left_in(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))
