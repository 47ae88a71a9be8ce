"""What a failing test prints of a verdict."""

from xverify.comparison.results import Comparison, LayerResult


def explained(comparison: Comparison) -> str:
    """The layers and problems that keep a comparison from passing."""
    layers = [f"{layer.id} ({layer.operation}): {layer.status}: {layer.reason}" for layer in comparison.failed]
    coverage = f"coverage {comparison.coverage.compared}/{comparison.coverage.total}"
    return "\n".join([f"{comparison.model} against {comparison.against}, {coverage}", *comparison.problems, *layers])


def failing_locally(comparison: Comparison) -> list[str]:
    """Ids of the layers whose local error fails, in topological order; an alias stands for the layer whose value it has."""
    return [
        layer.id
        for layer in comparison.layers
        if layer.local is not None and not layer.local.passed and not layer.alias_of
    ]


def result_of(comparison: Comparison, layer: str) -> LayerResult:
    """One layer's result."""
    return next(result for result in comparison.layers if result.id == layer)


def worst(layers: tuple[LayerResult, ...], kind: str) -> tuple[float, str]:
    """The largest ratio of error to allowance, and the layer where it stands."""
    measures = [(getattr(layer, kind), layer.id) for layer in layers]
    return max((measure.ratio, identifier) for measure, identifier in measures if measure is not None)
