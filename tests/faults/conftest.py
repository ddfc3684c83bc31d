"""How much of the campaigns runs: a sample of them by default, all with FAULTS=whole; FAULTS_SEED=n repeats a run."""

import random
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.faults.checked import check
from tests.faults.launcher import launch, world
from tests.faults.ledger_check import Ledger
from tests.sampling import IS_WHOLE, SEED
from tests.sweep.conftest import postgres

__all__ = ["postgres"]


@dataclass(frozen=True)
class Campaign:
    """What a campaign has to draw from."""

    whole: bool
    dice: random.Random

    def times(self, sample: int, whole: int) -> int:
        """How often, in the sample and in the whole."""
        return whole if self.whole else sample


@pytest.fixture
def campaign(request: pytest.FixtureRequest) -> Campaign:
    print(f"FAULTS_SEED={SEED}")  # noqa: T201  (shown where a test fails)
    return Campaign(IS_WHOLE, random.Random(f"{SEED} {request.node.name}"))


@pytest.fixture(scope="session")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a study that nothing has happened to."""
    folder = world(tmp_path_factory.mktemp("undisturbed"))
    assert launch(folder).wait() == 0, (folder / "err").read_text()
    check(folder)
    return folder


@pytest.fixture(scope="session")
def expected(undisturbed: Path) -> object:
    """What a study's ledger should hold, whatever has happened to it."""
    return Ledger(f"sqlite:///{undisturbed}/sweep.db").picture()
