"""`timm:NAME`: networks of PyTorch Image Models, built without a download."""

from collections.abc import Set as AbstractSet
from typing import Any

from xverify.errors import MissingDependencyError, XverifyError
from xverify.models.source import Built
from xverify.models.torchvision_models import require_known


def build_timm(name: str, stored: AbstractSet[str]) -> Built:  # noqa: ARG001 - the signature of every builder
    """The network that timm calls `name`, with random weights.

    Raises:
        XverifyError: timm is not installed, or has no such network.
    """
    try:
        import timm  # noqa: PLC0415 - optional
    except ImportError as error:
        raise MissingDependencyError("timm", "timm", f"timm:{name}") from error
    require_known("timm", name.partition(".")[0], timm.list_models())
    try:
        model: Any = timm.create_model(name, pretrained=False)
    except RuntimeError as error:  # a tag, as in resnet18.a1_in1k, that the network does not have
        raise XverifyError(f"timm cannot build '{name}': {error}", f"Try timm:{name.partition('.')[0]}.") from error
    size = model.default_cfg.get("input_size")
    return Built(model, name, default_shape=(2, *size) if size else None)
