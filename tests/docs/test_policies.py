"""The manual has every reset policy."""

import pytest

from tests.paths import ROOT
from workers.plans.policies import POLICIES

STATE = (ROOT / "docs" / "state.md").read_text(encoding="utf-8")
STUDY_FILE = (ROOT / "docs" / "study-file.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", POLICIES)
def test_a_reset_policy_has_its_row_and_is_a_value_of_its_field(name: str) -> None:
    assert f"| `{name}` |" in STATE, f"docs/state.md: the table of reset policies has no row `{name}`"
    [field] = [line for line in STUDY_FILE.splitlines() if line.startswith("| `trial.reset_policy` |")]
    assert f"`{name}`" in field, f"docs/study-file.md: trial.reset_policy does not list `{name}`"
