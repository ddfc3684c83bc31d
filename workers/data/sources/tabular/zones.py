"""From what a clock of some zone shows to UTC, and the traces of daylight saving time in times without a zone."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from workers.data.sources.tabular.clock import Time
from workers.data.sources.tabular.rows import Rows
from workers.wording import listed

Numbers = NDArray[np.float64]

HOUR = 3600.0
SUNDAY, LATEST_HOUR = 6, 4  # when clocks are changed, nearly everywhere
MONTHS = (3, 4, 9, 10, 11)


def to_utc(
    shown: Numbers, zone: str, group: NDArray[np.int64], *, sorted_later: bool
) -> tuple[Numbers, NDArray[np.bool_]]:
    """(rows,) seconds since 1970, NaN for a time that no clock of the zone shows; and whether it could be another too.

    shown: (rows,) seconds that the clock shows, as if it showed UTC; sorted_later: whether rows may be out of order

    Of the hour that comes twice when daylight saving time ends, a row is in the second if it is after a row of the same
    group that shows the same time or a later one. Where there is none, all are in the first, and could be in the other.
    """
    moments = pd.DatetimeIndex(pd.to_datetime(np.round(shown * 1e6), unit="us"))
    first, second = (_localized(moments, zone, early=early) for early in (True, False))
    twice = ~np.isnan(first) & (first != second)
    later = np.zeros(len(shown), bool)
    rows = np.flatnonzero(twice)
    if sorted_later and len(shown) > 1 and np.median(np.diff(shown)) < 0:  # the newest come first
        rows = rows[::-1]
    seen = pd.DataFrame({"group": group[rows], "day": np.floor(shown[rows] / 86400), "shown": shown[rows]})
    if sorted_later:
        later[rows] = seen.duplicated(["group", "shown"]).to_numpy()
    else:
        days = seen.groupby(["group", "day"], sort=False)["shown"]
        later[rows] = (
            days.cummax().groupby([seen["group"], seen["day"]], sort=False).shift() >= seen["shown"]
        ).to_numpy()
    told = seen.assign(later=later[rows]).groupby(["group", "day"], sort=False)["later"].transform("any").to_numpy(bool)
    unsure = np.zeros(len(shown), bool)
    unsure[rows] = ~told
    return np.where(later, second, first), unsure


def _localized(moments: pd.DatetimeIndex, zone: str, *, early: bool) -> Numbers:
    which = np.full(len(moments), early)
    known = moments.tz_localize(zone, ambiguous=which, nonexistent="NaT").tz_convert("UTC").tz_localize(None)
    seconds = known.to_numpy("datetime64[us]").astype(np.int64) / 1e6
    return np.where(known.isna(), np.nan, seconds)


def daylight_saving(rows: Rows, time: Time) -> str:
    """What to say where times without a zone repeat or skip an hour as clocks do twice a year; else empty."""
    if rows.clock is None or not rows.no_zone:
        return ""
    steps = np.where(rows.continues, np.diff(rows.clock), np.nan)
    if not (steps > 0).any():
        return ""
    usual = float(np.median(steps[steps > 0]))
    back, ahead = np.isclose(steps, usual - HOUR), np.isclose(steps, usual + HOUR)
    changes = np.flatnonzero(back | ahead)
    moments = pd.DatetimeIndex(pd.to_datetime(rows.clock[1:][changes], unit="s"))
    may_be = (moments.day_of_week == SUNDAY) & (moments.hour <= LATEST_HOUR) & np.isin(moments.month, MONTHS)
    pauses = ahead[changes]
    if usual > HOUR or not may_be.any() or (pauses & ~may_be).sum() > (pauses & may_be).sum():
        return ""
    days = [str(day.date()) for day in moments[may_be]]
    said = f"if {time.name} is local time, say {time.also('zone: Europe/Berlin')}, or whichever zone it is of"
    what = "repeats or skips an hour, as clocks do that keep daylight saving time"
    return f"{time.name} {what} ({listed(dict.fromkeys(days))}); {said}"
