"""Trials, and the runs of a comparison, as a table."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from sweep.core.trials import Run

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = ("number", "stage", "name", "arm", "seed", "state", "value", "epoch", "reused_from", "error")


def table(runs: Iterable[Run]) -> "pd.DataFrame":
    """A row a run: COLUMNS, then its configuration by the names of `trial`, then its metrics, as `validation/loss`.

    value and metrics are as they are recorded: of a squared error the square. Missing where there are none.
    """
    import pandas as pd  # noqa: PLC0415  (takes half a second)

    rows = [(_head(run), dict(run.trial.canonical.parameters), dict(_metrics(run))) for run in runs]
    parts = [pd.DataFrame([row[part] for row in rows]) for part in range(3)]
    parts[0] = parts[0].reindex(columns=list(COLUMNS)).astype({"epoch": "Int64", "reused_from": "Int64"})
    return pd.concat(parts, axis=1)


def _head(run: Run) -> dict[str, Any]:
    trial, outcome = run
    return {
        "number": trial.number,
        "stage": trial.stage,
        "name": trial.name,
        "arm": trial.arm,
        "seed": trial.seed,
        "state": outcome.state,
        "value": outcome.value,
        "epoch": outcome.epoch,
        "reused_from": outcome.reused_from,
        "error": outcome.error,
    }


def _metrics(run: Run) -> Iterator[tuple[str, float]]:
    yield from run.outcome.metrics.items()
    if run.outcome.test:
        yield from run.outcome.test.metrics.items()
