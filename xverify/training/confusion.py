"""The confusion matrix as a table and as a picture."""

import csv
import io

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from xverify.training.scores import Scores

_WRITTEN = 20
"""With more classes than this the numbers no longer fit their squares; the colours still do."""


def confusion_csv(scores: Scores) -> bytes:
    """Rows are true classes, columns predicted ones; counts of images."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["true \\ predicted", *(item.name for item in scores.classes)])
    writer.writerows([item.name, *row] for item, row in zip(scores.classes, scores.confusion, strict=True))
    return text.getvalue().encode()


def confusion_plot(scores: Scores) -> bytes:
    """A PNG; colours are the share of the true class, so that classes of different sizes compare."""
    counts = np.array(scores.confusion)
    shares = counts / counts.sum(axis=1, keepdims=True)
    names = [item.name for item in scores.classes]
    side = min(16.0, 3.2 + 0.62 * len(names))
    figure = Figure(figsize=(side + 0.9, side), dpi=120, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    image = axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    axes.set_xticks(range(len(names)), names, rotation=45, ha="right", rotation_mode="anchor")
    axes.set_yticks(range(len(names)), names)
    axes.set_xlabel("Predicted class")
    axes.set_ylabel("True class")
    axes.set_title(f"Top-1 {scores.accuracy:.2%} of {scores.images:,} images")
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0)
    if len(names) <= _WRITTEN:
        for (row, column), count in np.ndenumerate(counts):
            ink = "white" if shares[row, column] > 0.55 else "#333333"
            axes.text(column, row, f"{count}", ha="center", va="center", fontsize=9, color=ink)
    bar = figure.colorbar(image, ax=axes, shrink=0.8, label="Share of the true class")
    bar.outline.set_visible(False)
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png")
    return buffer.getvalue()
