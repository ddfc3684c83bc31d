"""The timeline refuses arrays that no model can be trained on."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from tests.workers.data.timelines import counting
from workers.errors import DataError


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"features": np.zeros((0, 1), np.float32)}, "not a single timestep"),
        ({"features": np.zeros((4, 0), np.float32)}, "features must be"),
        ({"targets": np.zeros((3, 1), np.float32)}, "features have 4 timesteps, but targets 3"),
        ({"starts": np.array([0, 4])}, "starts must begin at 0"),
        ({"starts": np.array([1])}, "starts must begin at 0"),
        ({"starts": np.array([0, 2, 2])}, "starts must begin at 0"),
        ({"groups": np.array([0, 1])}, "groups must be one for each of 1 sequences"),
        (
            {"features": np.array([[0], [np.nan], [np.inf], [0]], np.float32)},
            r"features: .* at timestep 1 \(2 in all\)",
        ),
    ],
)
def test_what_no_model_can_be_trained_on_is_refused(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(DataError, match=message):
        replace(counting(4), **fields)
