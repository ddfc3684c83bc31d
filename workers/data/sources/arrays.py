"""Arrays in an .npz file: features and targets by timestep, and where sequences begin."""

import os
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Annotated, Any, Literal, TypeGuard

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from workers.data.sources.fields import ScoredKind, last_steps
from workers.data.sources.files import opened
from workers.data.timeline import Floats, Timeline
from workers.errors import DataError
from workers.wording import counted, instead, listed

SINGLE = 4  # bytes
MEMORY = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")  # bytes
NAMES = ("features", "targets", "starts")


class Arrays(ScoredKind):
    """The fields of `kind: arrays`.

    The file holds `features` (time, n), `targets` (time, k) or (time,), and perhaps `starts` (n_sequences,). Targets
    that are floats are a regression; integers are the classes 0 to n - 1.
    """

    kind: Literal["arrays"] = "arrays"
    path: Annotated[str, Field(min_length=1)]

    def load(self, folder: Path) -> Timeline:
        """The file beside `folder`'s study file as a timeline. Raises DataError for no such archive or array."""
        path = folder / self.path
        return timeline(_read(path), self, str(path), "data.path")


def read_rows(path: Path, *, targets: bool) -> tuple[NDArray[Any], NDArray[Any] | None, NDArray[np.int64]]:
    """The features (time, n) of a file, where its sequences begin, and between them its targets (time, k) if wanted.

    Raises DataError.
    """
    found, needed = _read(path), NAMES[: 1 + targets]
    try:
        _check_names(list(found), needed)
        features, *others = (_numbers(name, found[name]) for name in needed)
        given = others[0].reshape(len(others[0]), -1) if others else None
        _check_lengths(features, given)
        return features, given, _starts(found.get("starts"), len(features))
    except DataError as error:
        raise DataError(f"{path}: {error.message}", "data.path") from None


def timeline(arrays: Mapping[str, Any], kind: ScoredKind, source: str, field: str) -> Timeline:
    """The timeline of `features`, `targets` and perhaps `starts`, as the kinds arrays and python give them.

    kind: what the study file says of them; where it says a loss, integers are numbers too.

    Raises DataError, at `field` and beginning with `source`, for arrays that are missing, misshapen or of a wrong type.
    """
    try:
        return _timeline(arrays, kind)
    except DataError as error:
        raise DataError(f"{source}: {error.message}", field) from None


def _read(path: Path) -> dict[str, Any]:
    with opened(path) as stream:
        try:
            _check_size(stream, path)
            with np.load(stream, allow_pickle=False) as archive:
                return {name: archive[name] for name in archive.files}
        except DataError:
            raise
        except zipfile.BadZipFile:
            advice = "write one with numpy.savez(path, features=..., targets=...)"
            raise DataError(f"{path}: is not an .npz archive, or damaged; {advice}", "data.path") from None
        except (ValueError, MemoryError, RuntimeError) as error:
            raise DataError(f"{path}: an array in it cannot be read ({error})", "data.path") from None


def _check_size(stream: IO[bytes], path: Path) -> None:
    with zipfile.ZipFile(stream) as archive:
        size = sum(member.file_size for member in archive.infolist())
    if size > MEMORY:
        what = f"would take {size / 2**30:,.0f} GiB unpacked, and this machine has {MEMORY / 2**30:,.0f} GiB"
        raise DataError(f"{path}: {what}", "data.path")
    stream.seek(0)


def _timeline(arrays: Mapping[str, Any], kind: ScoredKind) -> Timeline:
    _check_names(list(arrays), NAMES[:2])
    features, targets = _numbers("features", arrays["features"]), _numbers("targets", arrays["targets"], masks=True)
    if features.ndim != 2 or len(targets) != len(features):
        shapes = f"features are {features.shape} and targets {targets.shape}"
        raise DataError(f"{shapes}; they must be (time, n_features) and (time,) or (time, n_targets)")
    targets = targets.reshape(len(targets), -1)
    known: NDArray[np.bool_] = ~np.ma.getmaskarray(targets).reshape(len(targets), -1).max(axis=1)
    if not known.any():
        raise DataError("targets are masked throughout")
    values = np.where(known[:, None], np.ma.getdata(targets), 0)
    n_classes = _n_classes(values) if targets.dtype.kind in "iub" and kind.loss is None else 0
    starts = _starts(arrays.get("starts"), len(features))
    counts = last_steps(starts, len(features)) if kind.score == "sequence_end" else np.ones(len(features), bool)
    unknown = int((counts & ~known).sum())
    return Timeline(
        features=_floats(features),
        targets=values[:, 0].astype(np.int32) if n_classes else _floats(values),
        starts=starts,
        scored=counts & known,
        n_classes=n_classes,
        loss=kind.loss,
        notes=(f"{counted(unknown, 'timestep')} not scored, since the target is masked",) if unknown else (),
    )


def _floats(values: NDArray[Any]) -> Floats:
    """In single precision what was given in no more, anything else in double precision."""
    with np.errstate(over="ignore"):  # what becomes infinite is refused
        return values.astype(np.float32 if values.dtype.kind == "f" and values.dtype.itemsize <= SINGLE else np.float64)


def _check_lengths(features: NDArray[Any], targets: NDArray[Any] | None) -> None:
    if targets is not None and len(targets) != len(features):
        raise DataError(f"features have {len(features):,} timesteps, and targets {len(targets):,}")


def _check_names(names: list[Any], needed: Sequence[str]) -> None:
    for name in names:
        if name not in NAMES:
            raise DataError(f"has an array {name}; {instead(str(name), NAMES)}")
    for name in needed:
        if name not in names:
            raise DataError(f"has no array {name}; there is {listed(names) or 'nothing'}")


def _numbers(name: str, values: object, *, masks: bool = False) -> NDArray[Any]:
    """The array; masks: whether cells may be masked, as then those of the array are."""
    array = _array(name, values)
    if array.dtype.kind not in "fiub":
        raise DataError(f"{name} must be real numbers, not {array.dtype}")
    if array.size == 0 or array.ndim not in (1, 2):
        raise DataError(f"{name} must be (time,) or (time, columns) and not empty, not {array.shape}")
    masked = np.ma.getmaskarray(array).reshape(len(array), -1).any(axis=1)
    if masked.any() and not masks:
        what = f"are masked at timestep {int(masked.argmax())} ({int(masked.sum())} in all)"
        raise DataError(f"{name} {what}; fill these in, or leave the timesteps out and begin a sequence after them")
    return array if masks else np.ma.getdata(array)


def _array(name: str, values: object) -> NDArray[Any]:
    """With its mask, if it or one of its rows has any."""
    rows = list(values) if isinstance(values, list | tuple) or _holds_objects(values) else []
    _refuse_ragged(name, rows)
    masked = isinstance(values, np.ma.MaskedArray) or any(isinstance(row, np.ma.MaskedArray) for row in rows)
    try:
        return np.ma.array(values) if masked else np.asarray(values)
    except ValueError as error:
        raise DataError(f"{name} is no array ({error})") from None


def _holds_objects(values: object) -> TypeGuard[NDArray[np.object_]]:
    return isinstance(values, np.ndarray) and values.dtype == object and values.ndim > 0


def _refuse_ragged(name: str, rows: list[Any]) -> None:
    lengths = [len(row) if isinstance(row, list | tuple) or getattr(row, "ndim", False) else 1 for row in rows]
    other = next((number for number, length in enumerate(lengths) if length != lengths[0]), None)
    if other is not None:
        raise DataError(
            f"{name} are ragged: row 0 has {lengths[0]} and row {other} has {lengths[other]}; sequences of different"
            " lengths lie one after the other, numpy.concatenate(...), and starts says where each begins"
        )


def _n_classes(labels: NDArray[Any]) -> int:
    low, high = int(labels.min()), int(labels.max())
    if labels.shape[1] > 1:
        raise DataError(
            f"targets are integers, so classes, and {labels.shape[1]} columns; one, or floats to regress on"
        )
    if low < 0 or high >= len(labels):
        at = int(np.flatnonzero((labels < 0) | (labels >= len(labels)))[0])
        advice = "classes count from 0 and cannot outnumber the timesteps; give floats to regress on"
        raise DataError(f"targets are integers, so classes, from {low} to {high} (timestep {at}); {advice}")
    return high + 1


def _starts(values: object, n: int) -> NDArray[np.int64]:
    if values is None:
        return np.zeros(1, np.int64)
    starts = _numbers("starts", values)
    ascend = starts.ndim == 1 and starts[0] == 0 and (starts[1:] > starts[:-1]).all() and starts[-1] < n
    if starts.dtype.kind not in "iu" or not ascend:
        raise DataError(f"starts must be integers that begin at 0 and ascend, each below {n:,}")
    return starts.astype(np.int64)
