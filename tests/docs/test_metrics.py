"""The table of metrics in the manual is that of the code."""

import re

from sweep.execution.cluster import metrics
from tests.paths import ROOT

MANUAL = (ROOT / "docs" / "cluster.md").read_text()


def test_every_metric_is_listed_with_its_labels() -> None:
    rows = re.findall(r"^\| `ray_(\w+?)(_total)?` \| (.+?) \|", MANUAL, re.MULTILINE)
    listed = {name: (bool(total), set(labels.split(", "))) for name, total, labels in rows}
    totals = {name: (True, {"study", "stage", *tags}) for name, (_, tags) in metrics.TOTALS.items()}
    assert listed == totals | {name: (False, {"study"}) for name in metrics.LEVELS}
