"""Shares a cluster among studies: each writes in the ledger what it could use, and all compute the same shares."""

from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from sweep.core.share import Part, Share, alone
from sweep.study.storage import database
from sweep.study.storage.leader_table import leaders, tokens
from sweep.study.storage.lease import Lease

TURN_SECONDS = 120.0  # of training, where there is room for fewer workers than studies; a worker starts in 5 to 20
ROUNDING = 1e-9  # of sums of parts of a cluster

_metadata = sa.MetaData()
_claims = sa.Table(
    "sweep_claims",
    _metadata,
    sa.Column("token", sa.String(32), primary_key=True),  # the leader's, see sweep_leaders
    sa.Column("cluster", sa.String(255), nullable=False),
    sa.Column("wants", sa.Integer, nullable=False),
    sa.Column("size", sa.Double, nullable=False),
    sa.Column("holds", sa.Boolean, nullable=False),
    sa.Column("since", sa.Double, nullable=False),  # by the database's clock
)


@dataclass(frozen=True)
class Claim:
    """What a study could use of a cluster.

    wants  how many workers
    size   of each worker, as a fraction of the cluster
    holds  where studies take turns: whether it has its turn, or waits for it
    since  since when it has its turn or waits, in seconds since 1970
    """

    wants: int
    size: float
    holds: bool = False
    since: float = 0.0


def parts(claims: Sequence[Claim], now: float) -> list[int]:
    """How many workers each study may have: as even as possible, and the first study has what remains.

    Max-min fairness, by progressive filling (Bertsekas & Gallager 1992, Data Networks, 6.5.2). Where that leaves a
    study with nothing, the studies that want workers take turns; the one that has waited longest is next.
    """
    given, left = [0] * len(claims), 1.0
    while able := [i for i, c in enumerate(claims) if given[i] < c.wants and c.size <= left + ROUNDING]:
        poorest = min(able, key=lambda i: given[i] * claims[i].size)
        given[poorest] += 1
        left -= claims[poorest].size
    wanting = [i for i, claim in enumerate(claims) if claim.wants]
    return given if all(given[i] for i in wanting) else _in_turn(claims, wanting, now)


def _in_turn(claims: Sequence[Claim], wanting: Iterable[int], now: float) -> list[int]:
    """One worker for each study, as long as there is room."""
    given, left = [0] * len(claims), 1.0
    for i in sorted(wanting, key=lambda i: _precedence(claims[i], now)):
        left -= claims[i].size
        if left < -ROUNDING:
            break  # no later study may pass, or a study with large workers would wait for ever
        given[i] = 1
    return given


def _precedence(claim: Claim, now: float) -> tuple[int, float]:
    """First the studies that have their turn, then those that wait, then those that have had it, the latest first."""
    if not claim.holds:
        return 1, claim.since
    return (0, claim.since) if now - claim.since < TURN_SECONDS else (2, -claim.since)


def forget_gone(connection: Connection, there: Collection[str]) -> None:
    """Delete the claims of launchers that are gone; there: the names of the ledger's tables."""
    if _claims.name in there:
        connection.execute(sa.delete(_claims).where(_claims.c.token.not_in(tokens)))


def join(lease: Lease, cluster: str | None) -> Share:
    """How a leader learns its part of a cluster; it has all of one that no other study can use."""
    return Sharing(lease, cluster) if cluster else alone


class Sharing:
    """A leader's claim to a part of a cluster, written to the ledger when it changes."""

    def __init__(self, lease: Lease, cluster: str) -> None:
        self._engine, self._token, self._cluster = lease.engine, lease.token, cluster
        self._written: Claim | None = None
        self._part = Part(1, 2)  # the least, until the ledger says more
        database.create(_metadata, self._engine)

    def __call__(self, wants: int, size: float, holds: bool) -> Part:
        """The part of this study; the last known one while the ledger is away."""
        with suppress(sa.exc.SQLAlchemyError):
            with self._engine.begin() as connection:
                claim = self._write(connection, wants, size, holds=holds)
                part = self._read(connection)
            self._written, self._part = claim, part or self._part
        return self._part

    def _write(self, connection: Connection, wants: int, size: float, *, holds: bool) -> Claim:
        """Write what has changed."""
        last = self._written
        since = last.since if last and last.holds == holds else database.now(connection)
        claim = Claim(wants, size, holds, since)
        if last is None:  # once, delete the claims of launchers that are gone
            forget_gone(connection, [_claims.name])
        if claim != last:
            row = {"token": self._token, "cluster": self._cluster, "wants": wants, "size": size, "holds": holds}
            connection.execute(sa.delete(_claims).where(_claims.c.token == self._token))
            connection.execute(sa.insert(_claims).values(**row, since=since))
        return claim

    def _read(self, connection: Connection) -> Part | None:
        """This study's part; None when another launcher leads it now."""
        rows = connection.execute(sa.select(_claims).where(_claims.c.cluster == self._cluster)).all()
        claims = {row.token: Claim(row.wants, row.size, row.holds, row.since) for row in rows}
        live = [each.token for each in leaders(connection).values() if each.leads and each.token in claims]
        if self._token not in live:
            return None
        given = parts([claims[token] for token in live], database.now(connection))
        return Part(given[live.index(self._token)], sum(claims[token].wants > 0 for token in live))
