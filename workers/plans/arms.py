"""The arms: the ways to treat state that a study compares. Each policy that carries is one; three carry nothing.

The arm of a trial is that of its canonical form.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from workers.plans.policies import POLICIES

TOLD = ("stateful", "reset_policy", "shuffle", "bidirectional")  # fields that the arm's name says all of
DECIDING = (*TOLD, "burn_in")  # fields of a canonical form that decide its arm


@dataclass(frozen=True)
class Arm:
    """What is said of an arm.

    meaning  what its trials do, for a table
    advice   what to do where it is the best, as the beginning of a sentence
    """

    meaning: str
    advice: str


STATELESS: Mapping[str, Arm] = {
    "stateless": Arm("no state carried, windows in order", "Stay stateless, without shuffling"),
    "stateless-shuffled": Arm("no state carried, windows shuffled", "Stay stateless, and shuffle"),
    "stateless-burn-in": Arm("no state carried, warmed up on earlier steps", "Stay stateless, with a burn-in"),
    "stateless-bidirectional": Arm("no state carried, windows read both ways", "Stay stateless, and read both ways"),
}


def arms() -> dict[str, Arm]:
    """Every arm by name: those without state first, then the policies that carry."""
    carrying = (policy for policy in POLICIES.values() if policy.carries)
    return {**STATELESS, **{policy.name: Arm(policy.meaning, policy.advice) for policy in carrying}}


def arm_named(name: str) -> Arm:
    """What is said of an arm; of a name that is no arm's, only the name."""
    return arms().get(name, Arm("", name))


def arm_of(*, stateful: bool, reset_policy: str, shuffle: bool, bidirectional: bool, burn_in: int) -> str:
    """The arm of a canonical form with these fields (DECIDING)."""
    if stateful:
        return reset_policy
    if bidirectional:
        return "stateless-bidirectional"
    if burn_in:
        return "stateless-burn-in"
    return "stateless-shuffled" if shuffle else "stateless"
