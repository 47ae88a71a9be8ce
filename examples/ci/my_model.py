"""The network that the example workflows export. Yours takes its place."""

import torch
from torch import Tensor, nn


class Net(nn.Module):
    """A small classifier of images of 24 x 32 pixels."""

    def __init__(self, classes: int = 5) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 8, 3, padding=1)
        self.norm1 = nn.BatchNorm2d(8)
        self.conv2 = nn.Conv2d(8, 12, 3, stride=2)
        self.fc = nn.Linear(12 * 5 * 7, classes)

    def forward(self, x: Tensor) -> Tensor:
        """Scores of the classes, N x classes, of images N x 3 x 24 x 32."""
        x = torch.relu(self.norm1(self.conv1(x)))
        x = nn.functional.max_pool2d(x, 2)
        x = torch.relu(self.conv2(x))
        return self.fc(x.flatten(1))


def build() -> nn.Module:
    """The network with its weights; here they are random and always the same. Load yours with `load_state_dict`."""
    torch.manual_seed(0)
    model = Net()
    nn.init.normal_(model.norm1.running_mean, std=0.3)
    nn.init.uniform_(model.norm1.running_var, 0.3, 2.0)
    return model
