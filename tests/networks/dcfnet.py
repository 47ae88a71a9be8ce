"""DCFNet's feature network: https://github.com/foolwood/DCFNet_pytorch, folder track/."""

from torch import Tensor, nn


class DCFNetFeature(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.feature = nn.Sequential(
            nn.Conv2d(3, 32, 3, padding=1),
            nn.ReLU(),
            nn.Conv2d(32, 32, 3, padding=1),
            nn.LocalResponseNorm(size=5, alpha=1e-4, beta=0.75, k=1.0),
        )

    def forward(self, patch: Tensor) -> Tensor:
        features: Tensor = self.feature(patch)
        return features


def build() -> DCFNetFeature:
    return DCFNetFeature()
