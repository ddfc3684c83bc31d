"""What every test run says of itself, and how `make test` divides the tests among two processes."""

from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

from tests.sampling import IS_WHOLE, SEED

COMPUTING = {  # of the tests beside tests/workers, those that need no services, no other processes, and hardly a clock
    "test_article.py", "test_bootstrap.py", "test_compare.py", "test_compare_edges.py", "test_study_file.py",
    "test_comparison_runs.py", "test_error_rates.py", "test_intervals.py", "test_known_comparisons.py", "test_power.py",
    "test_report.py", "test_report_edges.py", "test_rules.py", "test_space.py",
}  # fmt: skip


class Halves(LoadScopeScheduling):  # type: ignore[misc]
    """One process computes, and shares what TensorFlow took to start; the other has the services to itself."""

    def _split_scope(self, nodeid: str) -> str:
        path = nodeid.partition("::")[0]
        computes = path.startswith("tests/workers/") or path.rpartition("/")[2] in COMPUTING
        return "computing" if computes else "services"


def pytest_report_header() -> str:
    return f"faults: {'whole' if IS_WHOLE else 'a sample'}, FAULTS_SEED={SEED}"


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Halves:
    return Halves(config, log)
