"""What a comparison is asked: a margin in the target's units becomes a part of what differences are parts of."""

import numpy as np
import pytest

from sweep.config.margin import Margin
from sweep.study.answer import relative
from tests.sweep.comparison.cells import level
from workers.data.scaling import Scaling

ONE = np.ones(1)
SCALING = Scaling(0 * ONE, ONE, 0 * ONE, 5 * ONE)  # an error of 1 in the scale of training is one of 5 mg/dL


@pytest.mark.parametrize(
    ("error", "floor", "part"), [(2.0, 0.01, 0.05), (0.001, 0.01, 10.0), (0.0, 0.01, 10.0), (0.0, 0.0, 0.1)]
)
def test_a_margin_in_units_is_a_part_of_the_references_error_or_of_the_floor(
    error: float, floor: float, part: float
) -> None:
    reference = level(error, error)
    assert relative(Margin(0.5, "mg/dL"), reference, 5 * error, floor, SCALING.unit) == pytest.approx(part)
