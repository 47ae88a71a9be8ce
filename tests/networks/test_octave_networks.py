"""weights.mat proven by a MATLAB-language program: the real networks in GNU Octave, every layer compared twice."""

from network_fixtures import Exported
from octave_program import needs_octave
from verdicts import explained

from xverify.workflows.compare import compare


@needs_octave
def test_real_network_passes_in_octave_with_every_layer_compared(network: Exported) -> None:
    comparison = compare(network.bundle, "octave", threads=1)
    assert comparison.passed, explained(comparison)
    assert comparison.coverage.compared == comparison.coverage.total == len(network.bundle.manifest.layers)
    assert comparison.first_fault is None
    assert all(layer.local and layer.accumulated for layer in comparison.layers if not layer.alias_of)
