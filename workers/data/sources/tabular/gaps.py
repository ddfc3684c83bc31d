"""Gaps in time: the field `max_gap`."""

from dataclasses import replace

import numpy as np

from workers.data.sources.tabular.rows import Rows
from workers.wording import counted


def split_at_gaps(rows: Rows, max_gap: float, written: str) -> Rows:
    """The same rows, with a new sequence after each pause longer than `max_gap` seconds.

    written: `max_gap` as the study file has it, such as 15min.
    """
    if rows.clock is None:
        return rows
    long = rows.continues & (np.diff(rows.clock) > max_gap)
    begins = np.append(True, long | ~rows.continues)[: len(rows.row)]
    note = f"{counted(long.sum(), 'pause')} longer than {written}: the rows make {counted(begins.sum(), 'sequence')}"
    return replace(rows, sequence=np.cumsum(begins) - 1).noted(note if long.any() else "")
