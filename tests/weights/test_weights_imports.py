"""What comparing weights imports: neither torch nor onnx nor mat-io, unless the file asks for them."""

import re
import subprocess
import sys

HEAVY = {"torch", "onnx", "onnxruntime", "matio", "pandas", "h5py", "safetensors"}


def test_workflows_load_nothing_that_a_file_may_not_need() -> None:
    code = "import xverify.workflows.weights, xverify.workflows.reimport, xverify.report.weights_report"
    result = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", code], capture_output=True, text=True, check=True
    )
    loaded = set(re.findall(r"^import time: +\d+ \| +\d+ \| +(\w+)", result.stderr, re.MULTILINE))
    assert "numpy" in loaded
    assert not loaded & HEAVY
