"""How often comparisons on the same data were looked at: each further look makes the confidence level stricter.

What makes a comparison another one is its identity. Looks are counted for the test data, by a digest of their targets,
and not for a study: neither a new name for the same study nor other inputs or another validation split is a new start.
"""

import hashlib
import json
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from sweep.config.sections import Compare, StudyConfig
from sweep.study import fingerprint
from sweep.study.optuna_private import models
from sweep.study.storage import tables
from workers.data.dataset import Dataset

FIRST_VERSIONS_LOOKS = "looks"  # the user attribute in which the first version noted a study's looks
OF_FIRST_VERSION = ("question", FIRST_VERSIONS_LOOKS)

_looks = sa.Table(
    "sweep_looks",
    tables.metadata,
    sa.Column("digest", sa.String(64), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),  # of looks before it
    sa.Column("identity", sa.String(64), nullable=False),
    sa.Column("study", sa.String(255), nullable=False),
    sa.Column("noted", sa.Double, nullable=False),
    sa.UniqueConstraint("digest", "identity"),
    info={tables.OUTLIVES: True},
)


@dataclass(frozen=True)
class Identity:
    """What makes a comparison another one, so that its result is another look at the data.

    keys    of the runs that are compared, in any order; they change with the champions and with the number of seeds
    goal    what is done with which metric
    design  all else that decides which runs are compared, and how, as plain values
    """

    keys: Collection[str]
    margin: object
    confidence: float
    goal: str
    design: Mapping[str, object]

    @property
    def digest(self) -> str:
        """The same for the same comparison."""
        plain = [sorted(self.keys), self.margin, self.confidence, self.goal, dict(self.design)]
        return hashlib.sha256(json.dumps(plain, sort_keys=True).encode()).hexdigest()


def identity_of(config: StudyConfig, settings: Compare, keys: Collection[str], dataset: Dataset) -> Identity:
    """The identity of the comparison of these runs in a study; a change of what it leaves out is no other look.

    The time is in it, since it decides how many seeds there are, and so is all of the data: runs that were trained on
    other data with the same test targets are other runs.
    """
    plain = settings.model_dump(mode="json", include={"margin", "by", "cross", "seeds", "time"})
    if settings.stop_when_decided:  # and left out else, as before it was an option
        plain["stop_when_decided"] = True
    if settings.origins > 1:
        plain["origins"] = settings.origins
    objective = config.objective
    return Identity(
        keys=keys,
        margin=plain.pop("margin"),
        confidence=settings.confidence,
        goal=f"{objective.goal} {objective.metric} at the {objective.at} epoch",
        design=plain | {"seed": config.seed, "data": dataset.digest, "times": dataset.test_times_digest},
    )


def looks_before(engine: Engine, digest: str, identity: Identity) -> int | None:
    """How many other comparisons on these test data were looked at before this one; None if it was not. Writes nothing.

    digest  of the test data
    """
    if not tables.exists(engine, _looks):  # in a ledger that the first version alone has written
        return None
    with engine.connect() as connection:
        return _noted(connection, digest, identity)


def looks_so_far(engine: Engine, digest: str, earlier: str = "") -> int:
    """How many comparisons on these test data were looked at; the digests as in `note_look`. Writes nothing."""
    if not tables.exists(engine, _looks):
        return 0
    with engine.connect() as connection:
        number = _count(connection, digest)
        return _of_earlier_versions(connection, earlier) if number is None else number


def note_look(engine: Engine, digest: str, identity: Identity, study: str, earlier: str = "") -> int:
    """Note that a comparison is looked at; returns how many others were looked at before.

    digest   of the test data
    earlier  the digest by which earlier versions counted: of all the data

    To note the same comparison again changes nothing, whichever study it is in.
    """
    while True:
        with engine.begin() as connection:
            noted = _noted(connection, digest, identity)
            if noted is not None:
                return noted
            number = _count(connection, digest)
            number = _of_earlier_versions(connection, earlier) if number is None else number
            row = {"digest": digest, "number": number, "identity": identity.digest}
            tables.insert_if_new(connection, _looks, [{**row, "study": study, "noted": time.time()}])
        # Of two that note different looks at once one has the number, and the other takes the next.


def looks_of(connection: Connection, study: str) -> int:
    """How many looks were noted under a study's name, in a ledger that may lack the table."""
    if not sa.inspect(connection).has_table(_looks.name):
        return 0
    return int(connection.execute(sa.select(sa.func.count()).where(_looks.c.study == study)).scalar_one())


def outlive(connection: Connection, study_id: int, study: str) -> None:
    """Note for the data what the first version noted with a study that is to be deleted, so that it counts on.

    One row stands for all the looks there were: its number is the last one's. To be called within the transaction that
    deletes the study, in a ledger that has the tables.
    """
    note = models.StudyUserAttributeModel
    query = sa.select(note.key, note.value_json).where(note.study_id == study_id, note.key.in_(OF_FIRST_VERSION))
    notes = {name: json.loads(value) for name, value in connection.execute(query)}
    digest = notes.get("question", {}).get(fingerprint.DIGEST)
    if not (digest and notes.get(FIRST_VERSIONS_LOOKS)) or _count(connection, digest) is not None:
        return
    number = _of_first_version(connection, digest) - 1
    row = {"digest": digest, "number": number, "identity": hashlib.sha256(digest.encode()).hexdigest()}
    tables.insert_if_new(connection, _looks, [{**row, "study": study, "noted": time.time()}])


def _noted(connection: Connection, digest: str, identity: Identity) -> int | None:
    """The number of a look; None if it is not noted."""
    of_identity = tables.where(_looks, {"digest": digest, "identity": identity.digest})
    return connection.execute(sa.select(_looks.c.number).where(of_identity)).scalar()


def _count(connection: Connection, digest: str) -> int | None:
    """How many looks at the data there were so far; None where none is noted by this digest."""
    last = connection.execute(sa.select(sa.func.max(_looks.c.number)).where(_looks.c.digest == digest)).scalar()
    return None if last is None else last + 1


def _of_earlier_versions(connection: Connection, digest: str) -> int:
    """How many looks there were by the digest of all the data."""
    number = _count(connection, digest)
    return _of_first_version(connection, digest) if number is None else number


def _of_first_version(connection: Connection, digest: str) -> int:
    """How many looks at the data there were in studies of the first version."""
    note = models.StudyUserAttributeModel
    rows = connection.execute(sa.select(note.study_id, note.key, note.value_json).where(note.key.in_(OF_FIRST_VERSION)))
    studies: dict[int, dict[str, Any]] = {}
    for study, name, value in rows:
        studies.setdefault(study, {})[name] = json.loads(value)
    of_data = [each for each in studies.values() if each.get("question", {}).get(fingerprint.DIGEST) == digest]
    return sum(len(each.get(FIRST_VERSIONS_LOOKS, ())) for each in of_data)
