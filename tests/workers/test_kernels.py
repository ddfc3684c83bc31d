"""Which kernels train a network on a GPU: cuDNN's where it has them, and the network is large enough."""

from typing import Any

import pytest

from workers.cells import CELLS
from workers.kernels import LEAST_UNITS, on_gpu
from workers.spec import TrialSpec


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({}, ""),
        ({"cell": "GRU"}, ""),
        ({"layers": 2, "stateful": False, "bidirectional": True, "dropout": 0.1}, ""),
        ({"units": LEAST_UNITS - 1}, "below 256 units its calls would take longer than what they compute"),
        ({"cell": "GRU", "reset_after": False}, "cuDNN has no GRU with reset_after: false"),
        ({"recurrent_dropout": 0.1}, "cuDNN has no recurrent dropout"),
        ({"cell": "my_cells:Cell"}, "cuDNN does not know a cell of your own"),
        ({"model": "my_models:build"}, "cuDNN does not know a model of your own"),
    ],
    ids=str,
)
def test_cudnn_trains_what_it_has_kernels_for(fields: dict[str, Any], why: str) -> None:
    found = on_gpu(TrialSpec(**{"units": LEAST_UNITS, **fields}))
    assert (found.cudnn, found.why) == (not why, why)


@pytest.mark.parametrize("cell", [cell for cell in CELLS if cell not in ("LSTM", "GRU")])
def test_of_other_cells_it_is_said_that_cudnn_has_none(cell: str) -> None:
    assert on_gpu(TrialSpec(cell=cell, units=LEAST_UNITS)) == (False, f"cuDNN has no {cell}")
