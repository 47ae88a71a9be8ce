"""Images that a row of features may have been."""

import pytest

from xverify.diagnosis.kernels.factors import images


@pytest.mark.parametrize("image", [(8, 3, 3), (256, 6, 6), (512, 7, 7), (2, 2, 2)])
def test_a_square_image_is_among_them_first(image: tuple[int, int, int]) -> None:
    found = list(images(image[0] * image[1] * image[2]))
    assert image in found
    assert found.index(image) < next(place for place, item in enumerate(found) if item[1] == 1)


def test_a_prime_number_of_features_is_no_image() -> None:
    assert list(images(13)) == []
    assert list(images(1)) == []


def test_every_image_has_all_features() -> None:
    assert all(c * h * w == 360 for c, h, w in images(360))
    assert len(set(images(360))) == len(list(images(360)))
