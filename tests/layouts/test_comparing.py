"""Two samples side by side, in words."""

import pytest

from layouts import comparing


@pytest.mark.parametrize(
    ("place", "said"),
    [
        (1, "nearest"),
        (2, "2nd nearest"),
        (3, "3rd nearest"),
        (11, "11th nearest"),
        (112, "112th nearest"),
        (1021, "1,021st nearest"),
    ],
)
def test_places_among_the_nearest_are_said_as_people_do(place, said):
    assert comparing.ordinal(place) == said


def test_how_far_two_rows_are_apart_is_told_from_both():
    said = comparing.distance((5, 1200), "3.21", 3, 1)
    assert said == "3.21 apart in the original space. Row 1,200 is the 3rd nearest of row 5, row 5 the nearest of row 1,200."
