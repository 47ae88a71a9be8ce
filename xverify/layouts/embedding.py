"""Embedding tables."""

from dataclasses import dataclass

from xverify.layouts.axis_layout import AxisLayout, Place


@dataclass(frozen=True)
class Embedding(AxisLayout):
    """wordEmbeddingLayer (Text Analytics Toolbox), and the weights of the function `embed`.

    PyTorch's weight (entries, dimension) is MATLAB's Weights (dimension, entries): MathWorks' example of `embed` makes
    `rand(embeddingDimension, vocabularySize)`. Verified on no file. Two things to know when the layer is built:
    MATLAB's indices begin at 1; and unless its out-of-vocabulary mode is 'error' (R2023b or later) wordEmbeddingLayer
    expects one more column, for words that it does not know, which PyTorch does not have and which is not stored.
    """

    @property
    def matlab_layer(self) -> str:
        """'wordEmbeddingLayer'."""
        return "wordEmbeddingLayer"

    @property
    def places(self) -> tuple[Place, ...]:
        """Weights."""
        return (Place("Weights", ("weight",), "E D -> D E"),)
