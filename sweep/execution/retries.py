"""What to do when a worker brings no result: try again, or tell the user what to change."""

from collections import Counter
from collections.abc import Mapping

from sweep.execution.protocols import Answer, Failure

# How many failures of a kind a trial may have until it counts as failed itself. No trial causes the end of a node.
# Only consecutive deaths of workers count: the scheduler sets their number to 0 after a finished segment.
LIMITS: Mapping[Failure, int] = {"trial": 1, "memory": 2, "hung": 2, "worker": 5}

ADVICE: Mapping[Failure, str] = {
    "memory": "there was not enough memory, {times} times; a smaller batch_size, window or units needs less,"
    " and so do fewer workers at once (workers.count)",
    "hung": "nothing was heard of its worker, {times} times; if its segments take that long, raise workers.timeout",
    "worker": "its worker died {times} times before anything came back; too little memory is the likeliest reason:"
    " try a smaller batch_size, window or units, or fewer workers at once (workers.count)",
}


def count_failure(failures: Counter[Failure], failure: Failure) -> bool:
    """Add a failure to those of a trial; returns whether the trial gets another attempt."""
    failures[failure] += 1
    return failure not in LIMITS or failures[failure] < LIMITS[failure]


def advice(answer: Answer, times: int) -> str:
    """Why a trial failed after so many failures of the answer's kind, and what may help."""
    hint = ADVICE.get(answer.failure, "").format(times=times)
    return f"{answer.error}\n{hint}".strip()
