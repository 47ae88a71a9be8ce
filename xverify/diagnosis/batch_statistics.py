"""A batch normalization that takes the statistics of the batch: a network that was left in training mode."""

from collections.abc import Iterator

from xverify.diagnosis.explanation import Explanation
from xverify.diagnosis.kernels.claim import Claim
from xverify.diagnosis.kernels.normalization import Normalization, Statistics
from xverify.diagnosis.kernels.read_normalization import normalization_of
from xverify.diagnosis.kernels.sampling import promising
from xverify.diagnosis.kernels.settings import number
from xverify.diagnosis.suspect import Suspect

_FIX = (
    "PyTorch: call model.eval() before the export, and before every run that is to be compared.",
    "MATLAB: predict(net, X) uses TrainedMean and TrainedVariance, forward(net, X) does not.",
    "ONNX: BatchNormalization with training_mode = 0; torch.onnx.export with training=TrainingMode.EVAL.",
)


def batch_statistics(suspect: Suspect) -> Iterator[Explanation]:
    """For batch normalizations."""
    layer = normalization_of(suspect)
    if layer is None or layer.running is None or not suspect.same_shape:
        return
    value = suspect.inputs[0]
    for claim, used in _cases(layer, layer.of_input(value), _momentum(suspect)):
        found = layer.applied(value, used.mean, layer.factor(used.variance))
        if promising(suspect, found):
            yield claim.with_value(found)


def _cases(layer: Normalization, batch: Statistics, momentum: float) -> Iterator[tuple[Claim, Statistics]]:
    yield Claim("batch statistics", "It normalises with the batch's own mean and variance: training mode.", _FIX), batch
    if layer.count < 2:
        return
    unbiased = batch.variance * layer.count / (layer.count - 1)
    statement = (
        f"It normalises with the batch's own mean and variance, the variance divided by n - 1 = {layer.count - 1}."
    )
    yield Claim("batch statistics", statement, _FIX), Statistics(batch.mean, unbiased)
    running = layer.running
    assert running is not None
    updated = Statistics(
        (1 - momentum) * running.mean + momentum * batch.mean,
        (1 - momentum) * running.variance + momentum * unbiased,
    )
    statement = "Its running statistics were updated once with this batch: it ran in training mode before."
    yield Claim("statistics updated", statement, _FIX), updated


def _momentum(suspect: Suspect) -> float:
    return number(suspect.step, "momentum", 0.1) if suspect.step else 0.1
