"""`--dry-run`: checks a study and describes it, without the libraries that search, train or record."""

from collections.abc import Sequence

from sweep.config import preflight
from sweep.core.log import Format
from sweep.launch.data import load_study


def describe(path: str, overrides: Sequence[str], log_format: Format) -> str:
    """What would run, for people. Raises ConfigError."""
    file, dataset = load_study(path, overrides, log_format)
    return preflight.describe(file.config, dataset)
