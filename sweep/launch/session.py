"""One launch of a study, from its file to its verdict.

What is imported here is what is needed before the cluster begins; the rest is imported while it starts.
"""

import time
from collections.abc import Sequence

from sweep.core.log import Format
from sweep.launch import data
from sweep.launch.beginning import begun


def run(path: str, overrides: Sequence[str], log_format: Format, *, as_json: bool) -> int:
    """Launch a study and print what came of it; returns the exit code. Raises SweepError."""
    began = time.monotonic()
    file = data.load_file(path, overrides, log_format)
    with begun(file.config.workers) as cluster:
        dataset = data.load_checked_data(file)
        from sweep.launch import stages  # noqa: PLC0415
        from sweep.launch.services import opened  # noqa: PLC0415

        with opened(file, dataset, cluster) as services:
            return stages.run(services, began, as_json=as_json)
