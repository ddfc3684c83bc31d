"""What a study of the calibration is: a condition, of which any number can be run, each with other luck."""

import hashlib
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import optuna

from benchmarks.calibration import real, studies
from benchmarks.calibration.made_up import Luck, MadeUpTrainer
from benchmarks.calibration.studies import Design
from sweep import __version__
from sweep.comparison.verdict import Verdict
from workers.plans.arms import STATELESS
from workers.versions import EVALUATION, KERNEL

Part = Literal["made-up", "steps", "placebo", "seeds"]
TIMESTEPS = 200  # scored of studies.dataset
SAME_RATES = {2: 1}  # a kernel that rounds otherwise than one before makes other luck, of the same distribution


class Condition(Protocol):
    """What studies have in common. `planned`: how many are wanted."""

    @property
    def name(self) -> str:
        """By which results are kept."""
        ...

    @property
    def part(self) -> Part:
        """What it is run with."""
        ...

    @property
    def planned(self) -> int:
        """How many studies are wanted."""
        ...

    def verdict(self, number: int) -> Verdict:
        """That of the study with this number, from 0; always the same."""
        ...


@dataclass(frozen=True)
class MadeUp:
    """Studies whose errors are made up, each in another world.

    effect  of every arm that carries, on its error at every setting: -0.05 is 5 % lower
    """

    name: str
    planned: int
    design: Design
    luck: Luck
    effect: float = 0.0
    part: Part = "made-up"

    def verdict(self, number: int) -> Verdict:
        """See Condition. Conditions that differ in nothing but whether arms are crossed have the same worlds."""
        world = (zlib.crc32(repr((self.luck, self.design.policies, self.effect)).encode()) + number) % 2**32
        trainer = MadeUpTrainer(TIMESTEPS, world, self.luck, self._of)
        return studies.verdict(self.design, trainer, world)

    def _of(self, arm: str, _fields: Mapping[str, Any]) -> float:
        return 0.0 if arm in STATELESS else self.effect


@dataclass(frozen=True)
class Trained:
    """Studies with the real trainer.

    anew  whether each has data of its own; else all have the same, and study seeds of their own
    """

    name: str
    part: Part
    planned: int
    world: real.World
    anew: bool

    def verdict(self, number: int) -> Verdict:
        """See Condition."""
        return real.verdict(self.world, seed=number, data=number if self.anew else 0)


def digest(condition: Condition) -> str:
    """Of what a condition's results rest on; how many are planned apart. Results of another digest count no more."""
    fields = {name: value for name, value in vars(condition).items() if name != "planned"}
    rests = f"{type(condition).__name__} {fields} {__version__} {EVALUATION} {SAME_RATES.get(KERNEL, KERNEL)}"
    return hashlib.sha256(rests.encode()).hexdigest()[:12]


def quiet() -> None:
    """Let Optuna say nothing of each new study."""
    optuna.logging.set_verbosity(optuna.logging.ERROR)
