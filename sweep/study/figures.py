"""Optuna's own drawings of a search."""

import contextlib
import warnings
from collections.abc import Sequence
from typing import Any, Literal

import optuna
from optuna.trial import FrozenTrial


def draw(complete: Sequence[FrozenTrial], goal: Literal["minimize", "maximize"]) -> list[tuple[str, str]]:
    """Drawings of complete trials as HTML without plotly itself, by title; none where there is too little to draw."""
    if len(complete) < 2:
        return []
    from optuna import visualization  # noqa: PLC0415  (plotly takes a second to import)

    study = optuna.create_study(direction=goal)
    study.add_trials(complete)
    drawings: dict[str, Any] = {
        "Which parameters mattered": visualization.plot_param_importances,
        "Every trial's parameters": visualization.plot_parallel_coordinate,
    }
    drawn = []
    for title, plot in drawings.items():
        with contextlib.suppress(ValueError, RuntimeError), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            drawn.append((title, plot(study).to_html(full_html=False, include_plotlyjs=False)))
    return drawn
