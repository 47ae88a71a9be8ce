"""The yardstick of a conversion: onnx.load, onnx.checker, onnx.save and two onnxruntime runs, of the given and the saved file.

Run by benchmarks/run.py: python benchmarks/convert_base.py RAW SAVED; with --export RAW it writes the raw resnet50 first.
"""

import sys


def export(path: str) -> None:
    import torch
    from torchvision.models import get_model

    torch.manual_seed(0)
    model = get_model("resnet50", weights=None).eval()
    torch.onnx.export(
        model, (torch.randn(1, 3, 224, 224),), path, dynamo=True, optimize=False, external_data=False, verbose=False
    )


def main(source: str, target: str) -> None:
    import numpy as np
    import onnx
    import onnxruntime

    model = onnx.load(source)
    onnx.checker.check_model(model)
    onnx.save(model, target)
    data = np.random.default_rng(0).standard_normal((1, 3, 224, 224), dtype=np.float32)
    for path in (source, target):
        session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
        session.run(None, {session.get_inputs()[0].name: data})


if __name__ == "__main__":
    if sys.argv[1] == "--export":
        export(sys.argv[2])
    else:
        main(*sys.argv[1:])
