"""A user's project for tests of the pytest plugin: a small network, and ways in which its exported twin differs."""

NET = """
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.conv = nn.Conv2d(3, 7, (3, 2))
        self.norm = nn.BatchNorm2d(7)
        nn.init.uniform_(self.norm.running_var, 0.02, 0.5)
        nn.init.normal_(self.norm.running_mean)
        self.fc = nn.Linear(7 * 4 * 8, 5)

    def forward(self, x):
        x = torch.relu(self.norm(self.conv(x)))
        return self.fc(x.flatten(1))


class Dead(nn.Module):
    def forward(self, x):
        return torch.relu(-x.abs() - 1.0)


def images():
    return torch.randn(2, 3, 6, 9, generator=torch.Generator().manual_seed(1))
"""
"""my_net.py: five layers, conv, norm, relu, view and fc. `norm` is computed in line 16."""

CONFTEST = '''
import pytest


@pytest.fixture
def other_epsilon(monkeypatch):
    """An exporter that gives BatchNorm another epsilon, unseen by the export's own check."""
    import onnx

    from xverify.bundle.bundle import load_bundle, rehash
    from xverify.workflows import api

    exported = api.export_model

    def export_model(*arguments, **options):
        bundle = exported(*arguments, **options)
        model = onnx.load(bundle.path / "model.onnx")
        node = next(node for node in model.graph.node if node.op_type == "BatchNormalization")
        next(item for item in node.attribute if item.name == "epsilon").f = 1e-2
        onnx.save(model, bundle.path / "model.onnx")
        rehash(bundle.path)
        return load_bundle(bundle.path)

    monkeypatch.setattr(api, "export_model", export_model)


@pytest.fixture
def recorded(tmp_path):
    """Writes PyTorch's values of my_net as a .mat file without labels, with one layer changed."""
    import numpy as np
    import scipy.io
    from my_net import Net, images

    import xverify

    def write(name, changed=None):
        bundle = xverify.export(Net(), images(), tmp_path / "net", force=True)
        values = {layer.id: bundle.reference(layer).transpose(layer.array.permutation) for layer in bundle.manifest.layers}
        if changed:
            values[changed] = values[changed] + np.float32(0.5)
        scipy.io.savemat(tmp_path / name, values)
        return tmp_path / name

    return write
'''
"""conftest.py: fixtures that plant a difference."""
