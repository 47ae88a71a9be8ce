"""The published CIFAR-10 network: the network that `xverify train` trains and that the examples export.

The order Conv, ReLU, BatchNorm is the published one. It matters to whoever compares runtimes: a BatchNorm that follows
a ReLU cannot be folded into the convolution before it.
"""

from typing import cast

from torch import Tensor, nn


def _block(inputs: int, outputs: int, stride: int = 1) -> tuple[nn.Module, ...]:
    return (
        nn.Conv2d(inputs, outputs, kernel_size=3, stride=stride, padding=1),
        nn.ReLU(inplace=True),
        nn.BatchNorm2d(outputs),
    )


class Cifar10Net(nn.Module):
    """Five 3x3 convolutions (32 to 512 channels) and three linear layers.

    Takes float32 images `(N, 3, H, W)`, 32 x 32 as published (any size works: the pooling is adaptive), scaled to
    [-1, 1], and gives logits `(N, classes)`.
    """

    def __init__(self, classes: int = 10) -> None:
        super().__init__()
        self.features = nn.Sequential(
            *_block(3, 32),
            *_block(32, 64, stride=2),
            *_block(64, 128),
            *_block(128, 256),
            nn.Dropout(0.2),
            *_block(256, 512),
        )
        self.avgpool = nn.AdaptiveAvgPool2d((2, 2))
        self.classifier = nn.Sequential(
            nn.Linear(512 * 2 * 2, 512),
            nn.ReLU(inplace=True),
            nn.Linear(512, 256),
            nn.ReLU(inplace=True),
            nn.Linear(256, classes),
        )

    def forward(self, images: Tensor) -> Tensor:
        """Logits `(N, classes)` of images `(N, 3, H, W)`."""
        pooled = self.avgpool(self.features(images)).flatten(1)
        return cast("Tensor", self.classifier(pooled))


def cifar10_net(classes: int = 10) -> Cifar10Net:
    """The network with PyTorch's default initial weights."""
    return Cifar10Net(classes)
