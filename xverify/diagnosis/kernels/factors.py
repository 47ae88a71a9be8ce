"""Images that a row of features may have been, where its shape is not known."""

from collections.abc import Iterator

Image = tuple[int, int, int]


def images(features: int) -> Iterator[Image]:
    """Channels, height and width whose product is the number of features: square ones first, then rows of pixels.

    A row of pixels stands for every image of as many, as long as height and width keep their order.

    >>> list(images(12))
    [(3, 2, 2), (2, 1, 6), (3, 1, 4), (4, 1, 3), (6, 1, 2)]
    """
    side = 2
    while side * side <= features:
        if features % (side * side) == 0:
            yield features // (side * side), side, side
        side += 1
    for channels in range(2, features // 2 + 1):
        if features % channels == 0:
            yield channels, 1, features // channels
