"""An arm at the setting of another: its own way of treating state, with all else as that one has it."""

from collections.abc import Mapping
from typing import Any, TypeVar

from workers.data.timeline import Sequences
from workers.plans.equivalence import canonical
from workers.plans.fields import PlanFields
from workers.plans.policies import POLICIES

Trial = TypeVar("Trial", bound=PlanFields)

NOT_ABOUT_STATE = frozenset({"batch_size", "window", "epochs"})  # of the fields of a plan
ABOUT_STATE = frozenset(PlanFields.model_fields) - NOT_ABOUT_STATE


def setting(trial: PlanFields) -> dict[str, Any]:
    """The fields of a trial that are not about state."""
    return {name: value for name, value in dict(trial).items() if name not in ABOUT_STATE}


def at_setting(trial: Trial, fields: Mapping[str, Any], train: Sequences) -> Trial | None:
    """The canonical form of a canonical trial with these fields of another trial's setting.

    How it treats state stays: an interval between resets and a burn-in keep their length in timesteps, as nearly as the
    other window allows. None where this would be another arm there, or no trial at all.
    """
    window = fields["window"]
    own = {"burn_in": min(trial.burn_in, window - 1)}
    if trial.stateful and window != trial.window:
        own |= POLICIES[trial.reset_policy].at_window(trial, window / trial.window)
    known = {name: value for name, value in dict(trial).items() if name in type(trial).model_fields}
    found = canonical(type(trial)(**{**known, **fields, **own}), train)
    return found if found.arm == trial.arm else None


def at_epochs(trial: Trial, epochs: int) -> Trial:
    """The same trial, over after so many epochs, fewer than its own; in each it treats state as it did."""
    own = POLICIES[trial.reset_policy].at_epochs(trial, epochs) if trial.stateful else {}
    return trial.model_copy(update={"epochs": epochs, **own})
