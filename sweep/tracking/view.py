"""The view of a study on MLflow's page: its trials, the best first; and the links that open this, a run or a model."""

import json

from sweep.comparison.measure import Measure
from sweep.tracking import tag_names
from sweep.tracking.mlflow_private import SHARED_VIEW_FIELD, SHARED_VIEW_TAG
from workers.objective import Objective

KEY = "sweep"
TAG = f"{SHARED_VIEW_TAG}{KEY}"  # of the experiment

TRAINING = "workflowType=machine_learning"  # of a link; without it the page may be that of agents
NAME = "attributes.`Run Name`"
ARM = f"tags.`{tag_names.ARM}`"
COLUMNS = [
    ARM,
    f"tags.`{tag_names.STATE}`",
    "params.`cell`",
    "params.`batch_size`",
    "params.`learning_rate`",
]


def best_first(objective: Objective, measure: Measure) -> str:
    """The value of TAG: the trials of the search, the best as deployed first, with the columns that matter.

    measure  how the objective is shown: of squared errors the root, which has the same order
    """
    name = objective.deployed("validation")
    value = f"metrics.`{f'validation/{measure.name}_deployed' if measure.is_root else name}`"
    columns = [value, *COLUMNS]
    return json.dumps(
        {
            "searchFilter": f"tags.`{tag_names.STAGE}` = 'search'",
            "orderByKey": value,
            "orderByAsc": objective.sign == 1,
            "selectedColumns": columns,
            "columnOrder": [NAME, *columns],
            "columnWidths": {NAME: 260, ARM: 170, value: 200},  # pixels
        }
    )


def link(experiment_id: str) -> str:
    """The link, from the tracking server's root."""
    return f"#/experiments/{experiment_id}/runs?{SHARED_VIEW_FIELD}={KEY}&{TRAINING}"


def run(experiment_id: str, run_id: str) -> str:
    """The link to a run, likewise."""
    return f"#/experiments/{experiment_id}/runs/{run_id}?{TRAINING}"


def model(experiment_id: str, model_id: str) -> str:
    """The link to a logged model, likewise."""
    return f"#/experiments/{experiment_id}/models/{model_id}?{TRAINING}"
