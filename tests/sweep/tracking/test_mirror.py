"""What MLflow is told of a study's data."""

from dataclasses import replace
from pathlib import Path

from sweep.config.study_file import load
from sweep.tracking import mirror
from sweep.tracking.card import DataCard
from tests.sweep.tracking.mirrors import SMALL
from tests.sweep.worlds import RECORD, study_file
from tests.workers.worlds import classification, regression
from workers.data.dataset import Dataset


def told(folder: Path, dataset: Dataset) -> DataCard:
    return mirror.card(load(study_file(folder, SMALL)), dataset).data


def test_columns_have_their_names_and_kinds_and_parts_their_sizes(tmp_path: Path) -> None:
    data = told(tmp_path, RECORD)
    assert (data.name, data.path, data.digest) == ("task", "", RECORD.digest)
    assert data.columns == {"input 1": "double", "input 2": "double", "target": "double"}
    assert data.sizes["timesteps"] == 400 >= sum(data.sizes[part] for part in ("training", "validation", "test")) > 300
    assert told(tmp_path, classification()).columns == {"input 1": "double", "target": "long"}


def test_text_is_one_column_and_of_very_many_columns_only_the_number_is_told(tmp_path: Path) -> None:
    text = replace(RECORD, timeline=replace(RECORD.timeline, alphabet="ab"))
    assert told(tmp_path, text).columns == {"text": "string"}
    wide = told(tmp_path, regression(n_features=300))
    assert (wide.columns, wide.sizes["inputs"]) == ({}, 300)
