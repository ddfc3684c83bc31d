"""What to do when a worker brings no result: try again, or tell the user what to change."""

from collections import Counter
from collections.abc import Mapping

from sweep.execution.protocols import Answer, Fault

# How often a trial may be met by each before it is held to be at fault itself. A node's end never is a trial's doing.
# Workers' deaths count only in a row, without a segment between them: see Scheduler.
LIMITS: Mapping[Fault, int] = {"trial": 1, "memory": 2, "hung": 2, "worker": 5}

ADVICE: Mapping[Fault, str] = {
    "memory": "there was not enough memory, {times} times; a smaller batch_size, window or units needs less,"
    " and so do fewer workers at once (workers.count)",
    "hung": "nothing was heard of its worker, {times} times; if its segments take that long, raise workers.timeout",
    "worker": "its worker died {times} times before anything came back; too little memory is the likeliest reason:"
    " try a smaller batch_size, window or units, or fewer workers at once (workers.count)",
}


def may_be_tried_again(faults: Counter[Fault], fault: Fault) -> bool:
    """Count a fault among those that a trial has met; whether it deserves another attempt."""
    faults[fault] += 1
    return fault not in LIMITS or faults[fault] < LIMITS[fault]


def advice(answer: Answer, times: int) -> str:
    """Why a trial failed, with what may help where something may."""
    hint = ADVICE.get(answer.fault, "").format(times=times)
    return f"{answer.error}\n{hint}".strip()
