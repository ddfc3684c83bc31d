"""What every test run says of itself, and how the tests are divided among two processes."""

from pathlib import Path

import pytest

from tests.sampling import IS_WHOLE, SEED

HERE = Path(__file__).parent
COMPUTING = {  # of the tests beside tests/workers, those that need no services, no other processes, and hardly a clock
    "test_article.py", "test_blocks.py", "test_compare.py", "test_compare_edges.py", "test_config.py",
    "test_confirmation.py", "test_error_rates.py", "test_intervals.py", "test_known_comparisons.py", "test_power.py",
    "test_report.py", "test_report_edges.py", "test_rules.py", "test_space.py",
}  # fmt: skip


def pytest_report_header() -> str:
    return f"faults: {'whole' if IS_WHOLE else 'a sample'}, FAULTS_SEED={SEED}"


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One process computes, and shares what TensorFlow took to start; the other has the services to itself."""
    for item in items:
        computes = item.path.is_relative_to(HERE / "workers") or item.path.name in COMPUTING
        item.add_marker(pytest.mark.xdist_group("computing" if computes else "services"))
