"""The yardstick: one process that imports torch and onnxruntime, runs one torch forward and one onnxruntime run.

Run by benchmarks/run.py: python benchmarks/base.py NETWORK BUNDLE
"""

import sys
from pathlib import Path


def main(network: str, bundle: Path) -> None:
    import numpy as np
    import onnxruntime
    import torch

    if network == "cifar10":
        from xverify.models.cifar import cifar10_net

        model: torch.nn.Module = cifar10_net()
    else:
        from torchvision.models import get_model

        model = get_model(network, weights=None)
    session = onnxruntime.InferenceSession(str(bundle / "model.onnx"), providers=["CPUExecutionProvider"])
    item = session.get_inputs()[0]
    data = np.random.default_rng(0).standard_normal(item.shape, dtype=np.float32)
    with torch.no_grad():
        model.eval()(torch.from_numpy(data))
    session.run(None, {item.name: data})


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
