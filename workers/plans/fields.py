"""The fields of a trial that its plans depend on."""

from typing import Annotated, Self

from pydantic import Field

from workers.fields import AddedLater, AppliesTo, OffByDefault, Values
from workers.plans import arms
from workers.plans.policies import POLICIES, PolicyFields, Probability, carries

STILL = " or ".join(policy.name for policy in POLICIES.values() if not policy.carries)
CARRYING = AppliesTo(carries, f"trials that carry state (stateful: true, and any reset_policy but {STILL})")

WARMED_UP = (
    "stateless trials (stateful: false) that are not bidirectional: overlapping windows replay time, which carried"
    " state would see twice; and of a window that is read both ways the last timestep alone is scored"
)


def _reads_both_ways(values: Values) -> bool:
    return not values["stateful"] and values.get("model") is None


def _stateless(why: str) -> AppliesTo:
    return AppliesTo(lambda values: not values["stateful"], f"stateless trials (stateful: false): {why}")


class PlanFields(PolicyFields):
    """How a trial treats state, and how its data are cut into windows, lanes and epochs."""

    batch_size: Annotated[int, Field(ge=1, le=65_536)] = 16
    window: Annotated[int, Field(ge=1, le=65_536)] = 12  # timesteps
    # whether each recurrent layer reads a window from its end to its beginning too
    bidirectional: Annotated[
        bool,
        AppliesTo(
            _reads_both_ways,
            "stateless trials (stateful: false) of layers of this project: where state is carried, a layer that reads"
            " backwards would need the future",
        ),
        OffByDefault(),
        AddedLater(),
    ] = False
    burn_in: Annotated[
        int,
        Field(ge=0),
        AppliesTo(lambda values: not (values["stateful"] or values["bidirectional"]), WARMED_UP),
        OffByDefault(),
    ] = 0  # timesteps
    shuffle: Annotated[bool, _stateless("shuffled rows hand a lane a stranger's state"), OffByDefault()] = False
    rotate_lanes: Annotated[bool, CARRYING, OffByDefault()] = False  # whether lanes are cut elsewhere in each epoch
    window_jitter: Annotated[Probability, CARRYING, OffByDefault()] = 0.0  # the most of a window that is cut off
    epochs: Annotated[int, Field(ge=1)] = 40

    @property
    def arm(self) -> str:
        """How the trial treats state. Only meaningful in canonical form (workers.plans.equivalence)."""
        return arms.arm_of(**{name: getattr(self, name) for name in arms.DECIDING})

    @property
    def simplest(self) -> Self:
        """The same trial with the fields that no plan depends on at the simplest values that compute the same."""
        return self

    @property
    def matched_as_deployed(self) -> bool:
        """Whether it is scored in each epoch as it is deployed; else its window slides only then."""
        return self.stateful or self.bidirectional

    @property
    def shortest_window(self) -> int:
        """Timesteps of the shortest window that `window_jitter` can leave."""
        return max(1, self.window - round(self.window_jitter * self.window))

    @property
    def varies_lanes(self) -> bool:
        """Whether lanes are cut anew in each epoch."""
        return self.stateful and (self.rotate_lanes or self.shortest_window < self.window)
