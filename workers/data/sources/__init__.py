"""The kinds of data: each row of this table is a file here, and a value of `kind` in the study file."""

from pathlib import Path
from typing import Annotated

from pydantic import Field

from workers.data.dataset import Dataset, prepare
from workers.data.losses import loss_of
from workers.data.metrics.asked import chosen
from workers.data.sources.arrays import Arrays
from workers.data.sources.python import Python
from workers.data.sources.table import Table
from workers.data.sources.tasks import Task
from workers.data.sources.text import Text

DataConfig = Annotated[
    Table  # CSV or Parquet
    | Text  # character by character
    | Arrays  # .npz
    | Task  # random_labels, lag_copy, first_bit
    | Python,  # the user's own function
    Field(discriminator="kind"),
]


def load(config: DataConfig, folder: Path) -> Dataset:
    """The data of a study file that lies in `folder`, cut into splits and scaled. Raises DataError."""
    timeline = config.load(folder)
    metrics = chosen(config.metrics or (), loss_of(timeline), timeline.n_classes, folder)
    return prepare(timeline, config.split, metrics, getattr(config, "season", None))
