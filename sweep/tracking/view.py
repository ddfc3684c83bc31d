"""The view of a study on MLflow's page: its trials, the best first. The link opens it."""

import json

from sweep.tracking import tag_names
from sweep.tracking.mlflow_private import SHARED_VIEW_FIELD, SHARED_VIEW_TAG
from workers.objective import Objective

KEY = "sweep"
TAG = f"{SHARED_VIEW_TAG}{KEY}"  # of the experiment

NAME = "attributes.`Run Name`"
ARM = f"tags.`{tag_names.ARM}`"
COLUMNS = [
    ARM,
    f"tags.`{tag_names.STATE}`",
    "params.`cell`",
    "params.`batch_size`",
    "params.`learning_rate`",
]


def best_first(objective: Objective) -> str:
    """The value of TAG: the trials of the search, the best as deployed first, with the columns that matter."""
    value = f"metrics.`{objective.deployed('validation')}`"
    columns = [value, *COLUMNS]
    return json.dumps(
        {
            "searchFilter": f"tags.`{tag_names.STAGE}` = 'search'",
            "orderByKey": value,
            "orderByAsc": objective.sign == 1,
            "selectedColumns": columns,
            "columnOrder": [NAME, *columns],
            "columnWidths": {NAME: 260, ARM: 170},  # pixels
        }
    )


def link(experiment_id: str) -> str:
    """The link, from the tracking server's root."""
    return f"#/experiments/{experiment_id}/runs?{SHARED_VIEW_FIELD}={KEY}&workflowType=machine_learning"
