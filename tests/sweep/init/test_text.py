"""What a first study says is plain YAML, whatever columns are called and cells hold."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from sweep.config.yaml_text import parse
from sweep.init.text import document, flow
from workers.data.looking.said import Said

NAMES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1)
SCALARS = st.none() | st.booleans() | st.integers(-(10**6), 10**6) | st.floats(-1e6, 1e6) | NAMES
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3) | st.fixed_dictionaries({"column": inner}))


@given(VALUES)
def test_a_value_is_read_as_it_was(value: Any) -> None:
    assert parse(f"x: {flow(value)}").value == {"x": value}


@given(st.lists(NAMES, min_size=1, max_size=3), NAMES)
def test_a_reason_changes_nothing_whatever_its_signs(values: list[str], why: str) -> None:
    entries = [Said(value, why, sure=False) for value in values]
    text = document(
        [why], {"name": Said("x", why), "data": {"inputs": Said(entries), "horizon": Said(6, why)}}, {"data": [why]}
    )
    assert parse(text).value == {"name": "x", "data": {"inputs": values, "horizon": 6}}


def test_reasons_stand_below_each_other() -> None:
    fields = {"path": Said("load.csv", "from here"), "inputs": Said([Said("load", "its own past")]), "horizon": Said(6)}
    assert document(["A study."], {"name": Said("x"), "data": fields}, {"data": ["left out: id"]}) == (
        "# A study.\n"
        "name: x\n"
        "\n"
        "data:\n"
        "  path: load.csv                                # from here\n"
        "  inputs:\n"
        "    - load                                      # its own past\n"
        "  horizon: 6\n"
        "  # left out: id\n"
    )
