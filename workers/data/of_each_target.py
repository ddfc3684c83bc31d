"""The metrics of each of several targets, by names that MLflow takes."""

import re
from collections.abc import Mapping, Sequence

from workers.data.loss_row import DEPLOYED, Loss
from workers.data.scaling import Scaling
from workers.data.timeline import Floats


def of_each_target(
    loss: Loss, means: Floats, scaling: Scaling, names: Sequence[str], ending: str = ""
) -> dict[str, float]:
    """Such as `rmse/NAME`, each in its target's own units, from the means of the loss's statistics (n_statistics,).

    names: of the targets, (n_targets,) or none; ending: of a metric's name. Empty of one target, and of classes.
    """
    return by_target(loss.metrics_of_each(means, scaling), names, ending)


def by_target(each: Sequence[Mapping[str, float]], names: Sequence[str], ending: str = "") -> dict[str, float]:
    """The metrics (n_targets,) of each target in one mapping."""
    targets = names_in_metrics(names, len(each)) if each else []
    return {
        f"{metric}{ending}/{target}": value
        for target, own in zip(targets, each, strict=True)
        for metric, value in own.items()
    }


def error_names(loss: Loss, targets: Sequence[str], split: str, *, deployed: bool) -> list[str]:
    """(n_targets,) what the error of each target is called among metrics: `test/rmse_deployed/NAME`.

    deployed: of a model; of a baseline it is `test/rmse/NAME`
    """
    ending = DEPLOYED if deployed else ""
    return [f"{split}/{loss.shown}{ending}/{name}" for name in names_in_metrics(targets, len(targets))]


def names_in_metrics(targets: Sequence[str], count: int) -> list[str]:
    """Names of targets as MLflow takes them, each another one; numbers from 1 where the targets have no names."""
    names = [re.sub(r"[^\w -]", "_", name) for name in targets]
    if len(set(names)) < count:
        names = [f"{name}_{number}".lstrip("_") for number, name in enumerate(names or [""] * count, 1)]
    return names
