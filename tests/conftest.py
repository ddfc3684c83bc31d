"""What every test run says of itself."""

from tests.sampling import IS_WHOLE, SEED


def pytest_report_header() -> str:
    return f"faults: {'whole' if IS_WHOLE else 'a sample'}, FAULTS_SEED={SEED}"
