"""Optuna's own drawings of a search."""

import contextlib
import warnings
from typing import Any

import optuna
from optuna.trial import TrialState


def draw(study: optuna.Study) -> list[tuple[str, str]]:
    """The drawings as HTML without plotly itself, by title; none where there is too little to draw."""
    if len(study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))) < 2:
        return []
    from optuna import visualization  # noqa: PLC0415  (plotly takes a second to import)

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
