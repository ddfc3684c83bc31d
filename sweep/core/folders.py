"""The folders that a study writes to."""

import os
from pathlib import Path

HOME = Path(os.environ.get("SWEEP_DIRECTORY", ""))  # a cluster names one that outlives its jobs
ARTIFACTS = HOME / "artifacts"
REPORTS = HOME / "reports"
