"""What MLflow's page shows of a study, if one comes by the right link: its trials, the best first."""

import json
from typing import Literal

from workers.objective import Objective

KEY = "sweep"
TAG = f"mlflow.sharedViewState.{KEY}"  # of the experiment; where MLflow keeps the views that users share

NAME = "attributes.`Run Name`"
ARM = "tags.`sweep.arm`"
OBJECTIVE = "metrics.`objective`"
COLUMNS = [OBJECTIVE, ARM, "tags.`sweep.state`", "params.`cell`", "params.`batch_size`", "params.`learning_rate`"]


def best_first(goal: Literal["minimize", "maximize"]) -> str:
    """The tag's value."""
    return json.dumps(
        {
            "searchFilter": "tags.`sweep.stage` = 'search'",
            "orderByKey": OBJECTIVE,
            "orderByAsc": Objective(goal=goal).sign == 1,
            "selectedColumns": COLUMNS,
            "columnOrder": [NAME, *COLUMNS],
            "columnWidths": {NAME: 260, ARM: 170},  # pixels
        }
    )


def link(experiment_id: str) -> str:
    """The link, from the tracking server's root."""
    return f"#/experiments/{experiment_id}/runs?viewStateShareKey={KEY}&workflowType=machine_learning"
