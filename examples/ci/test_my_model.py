"""The same check as a test: pytest finds the fixture where xverify is installed."""

import torch
from my_model import build


def test_the_network_is_the_same_in_onnxruntime(xverify_parity):
    comparison = xverify_parity(build(), torch.randn(2, 3, 24, 32))
    assert comparison.coverage.compared == comparison.coverage.total
