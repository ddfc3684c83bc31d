"""What is forecast of a stretch is what was scored there."""

import numpy as np
import pytest

from tests.cases import shown
from tests.workers.forecasting.worlds import ARMS, TABLES, trained
from workers.forecasting.on_stretches import on_stretches

KINDS = ["level", "change", "two targets", "gaps"]


@pytest.mark.sampled(6)
@pytest.mark.parametrize("arm", shown([*ARMS], 3))
@pytest.mark.parametrize("kind", shown(KINDS, 2))
def test_its_errors_are_the_losses_of_the_test_split(kind: str, arm: str) -> None:
    assert kind in TABLES
    forecaster, dataset, test = trained(kind, arm)
    scored = dataset.scored_timesteps(dataset.test)
    breaks = np.flatnonzero(np.diff(scored) != 1) + 1
    whole = [(int(part[0]), int(part[-1]) + 1) for part in np.split(scored, breaks)]
    spans = [*whole, (int(scored[3]), int(scored[8]) + 1)]
    found = on_stretches(forecaster.recipe.spec, forecaster._weights, dataset, spans)
    for (first, stop), forecast in zip(spans, found, strict=True):
        errors = (forecast.values - dataset.given.targets[first:stop]) / dataset.scaling.target_scale
        at = np.searchsorted(scored, first)
        assert (errors**2).mean(axis=1) == pytest.approx(test.losses[at : at + stop - first], rel=1e-3, abs=1e-5)


def test_it_says_where_state_is_reset() -> None:
    forecaster, dataset, _ = trained("level", "every_n_batches")
    first = int(dataset.scored_timesteps(dataset.test)[0])
    spec = forecaster.recipe.spec
    (forecast,) = on_stretches(spec, forecaster._weights, dataset, [(first, first + 40)])
    every = spec.window * spec.reset_interval
    assert np.flatnonzero(forecast.resets).tolist() == [at for at in range(40) if (first + at) % every == 0]
    stateless, *_ = trained("level", "stateless")
    (forecast,) = on_stretches(stateless.recipe.spec, stateless._weights, dataset, [(first, first + 40)])
    assert not forecast.resets.any()
