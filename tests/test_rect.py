import numpy as np
import pytest

from ddsgui.rect import Rect


def test_a_grown_rectangle_stays_inside_the_image() -> None:
    assert Rect(2, 5, 3, 3).grown(4, 10) == Rect(0, 1, 9, 9)


@pytest.mark.parametrize("rect", [Rect(0, 0, 1, 1), Rect(3, 5, 6, 2), Rect(7, 7, 1, 1)])
def test_a_rectangle_reduced_and_enlarged_contains_the_original(rect: Rect) -> None:
    image = np.zeros((16, 16), bool)
    image[rect.reduced(4).enlarged(4).slices] = True
    assert image[rect.slices].all()
    assert rect.enlarged(4).reduced(4) == rect
