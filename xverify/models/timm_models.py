"""`timm:NAME`: networks of PyTorch Image Models, built without a download."""

from collections.abc import Set as AbstractSet

from xverify.errors import MissingDependencyError
from xverify.models.source import Built
from xverify.models.torchvision_models import require_known


def build_timm(name: str, stored: AbstractSet[str]) -> Built:  # noqa: ARG001 - the signature of every builder
    """The network that timm calls `name`, with random weights.

    Raises:
        XverifyError: timm is not installed, or has no such network.
    """
    try:
        import timm
    except ImportError as error:
        raise MissingDependencyError("timm", "timm", f"timm:{name}") from error
    if not timm.is_model(name):
        require_known("timm", name, timm.list_models())
    model = timm.create_model(name, pretrained=False)
    size = model.pretrained_cfg.get("input_size")
    return Built(model, name, default_shape=(2, *size) if size else None)
