"""Rows of a table that come in any pieces are read as if they had come at once, whatever is mended on the way."""

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.workers.forecasting.worlds import prepared
from workers.data.sources.table import Table
from workers.forecasting.reading import Given, reader
from workers.forecasting.recipe import Recipe
from workers.spec import TrialSpec

FIELDS: dict[str, list[dict[str, Any]]] = {
    "time": [{"resample": "1min"}, {"resample": "90s"}, {}],
    "gaps": [{"max_gap": "2min"}, {"max_gap": "250s"}, {}],
    "missing": [{"missing": {"fill": "forward"}}, {"missing": {"fill": "drop"}}],
    "group": [{"group": "town"}, {}],
    "predict": [{"predict": "change", "targets": ["speed"], "horizon": 1}, {}],
}


@st.composite
def given_rows(draw: st.DrawFn) -> tuple[pd.DataFrame, dict[str, Any], list[int]]:
    """Rows seconds apart, which may be at whole minutes and may miss values; fields; and where they are cut."""
    n = draw(st.integers(1, 25))
    apart = draw(st.lists(st.sampled_from([1, 7, 30, 60, 61, 90, 119, 121, 180, 300, 301]), min_size=n, max_size=n))
    known = [draw(st.lists(st.sampled_from([1.0, 2.5, 7.0, np.nan]), min_size=n, max_size=n)) for _ in range(2)]
    fields = {name: value for options in FIELDS.values() for name, value in draw(st.sampled_from(options)).items()}
    town = draw(st.lists(st.sampled_from(["a", "b"]), min_size=n, max_size=n)) if "group" in fields else "a"
    rows = pd.DataFrame({"when": 1_700_000_040 + np.cumsum(apart), "level": known[0], "speed": known[1], "town": town})
    cuts = draw(st.sets(st.integers(1, n))) | {n}
    return rows, fields, sorted(cuts)


def read(found: Given) -> pd.DataFrame:
    """What is fed to a model, by group and time."""
    at = found.labels.iloc[found.row].reset_index(drop=True)
    frame = pd.DataFrame(found.features, columns=["level", "step"]).assign(begins=found.begins, base=0.0)
    if found.base is not None:
        frame["base"] = found.base
    return frame.assign(when=at["when"], town=found.groups)


@settings(deadline=None)
@given(given_rows())
def test_pieces_are_read_as_the_whole(drawn: tuple[pd.DataFrame, dict[str, Any], list[int]]) -> None:
    rows, fields, cuts = drawn
    said = {"path": "x.csv", "time": "when", "inputs": ["level", {"step": "s"}], "targets": ["level"], **fields}
    recipe = replace(Recipe.of("walk", TrialSpec(), *prepared("level")[:2]), data=Table.model_validate(said))
    reading = reader(recipe)
    whole = read(reading.read(rows, {}))
    pieces, begin = [], 0
    memory: dict[Any, Any] = {}
    for stop in cuts:
        found = reading.read(rows[begin:stop], memory)
        pieces.append(read(found))
        memory, begin = json.loads(json.dumps(dict(found.memory), allow_nan=False)), stop
    on_line = pd.concat(pieces).sort_values(["town", "when"]).reset_index(drop=True)
    expected = whole.sort_values(["town", "when"]).reset_index(drop=True)
    pd.testing.assert_frame_equal(on_line, expected, check_dtype=False)
