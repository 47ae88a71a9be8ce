"""The yardstick of an export: import torch, torch.onnx.export, six float32 and two float64 forwards.

Run by benchmarks/run.py: python benchmarks/export_base.py NETWORK; with --save FILE it writes the network's weights instead.
"""

import copy
import sys


def save(network: str, path: str) -> None:
    import torch
    from torchvision.models import get_model

    torch.manual_seed(0)
    torch.save(get_model(network, weights=None).state_dict(), path)


def main(network: str) -> None:
    import torch
    from torchvision.models import get_model

    torch.manual_seed(0)
    model = get_model(network, weights=None).eval()
    data = torch.randn(1, 3, 224, 224)
    torch.onnx.export(model, (data,), dynamo=True, optimize=False, verbose=False)
    double = copy.deepcopy(model).double()
    with torch.no_grad():
        for _ in range(6):
            model(data)
        for _ in range(2):
            double(data.double())


if __name__ == "__main__":
    if "--save" in sys.argv:
        save(sys.argv[1], sys.argv[3])
    else:
        main(sys.argv[1])
