"""The contrast of two cells, and that of several pairs of cells together."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from sweep.comparison.cell_runs import CellRuns
from sweep.comparison.contrast import Contrast, Stability
from sweep.comparison.data_luck import Influence, data_luck, origins_luck
from sweep.comparison.diebold_mariano import diebold_mariano
from sweep.comparison.luck import NO_LUCK, UNKNOWN, Luck, satterthwaite
from sweep.comparison.scored_timesteps import ScoredTimesteps

Floats = NDArray[np.floating]
Pair = tuple[CellRuns, CellRuns]


def contrast(arm: CellRuns, reference: CellRuns, data: ScoredTimesteps, floor: float) -> Contrast:
    """How the arm differs from the reference, both trained with one setting or each with its own.

    floor  the smallest error, in the unit of the errors, of which a difference is taken as a part; 0: any

    Cells that consist of the same runs differ by nothing, without any luck.

    Raises ValueError for losses that do not fit the data or each other.
    """
    return averaged_contrast([(arm, reference)], data, floor)


def averaged_contrast(pairs: Sequence[Pair], data: ScoredTimesteps, floor: float) -> Contrast:
    """How an arm differs from the reference on average over settings, each difference relative to its own reference.

    pairs  n_settings times: the arm and the reference with this setting

    The luck of seeds is independent from setting to setting, and that of the test data common to all. That of settings
    is the variance between their differences over their number, with n_settings - 1 degrees of freedom, less the luck
    of seeds, which is in those differences too.

    Raises ValueError without a pair, and for losses that do not fit the data or each other.
    """
    _check(pairs, data)
    arms, references = ([pair[side] for pair in pairs] for side in (0, 1))
    errors = np.array([cell.mean for cell in references])
    scales = np.maximum(np.abs(errors), floor)
    is_zero = bool((scales == 0).any())
    scales = np.where(is_zero, 1.0, scales)
    own, other = np.array([cell.mean for cell in arms]) / scales, errors / scales
    drawn = [not _are_same(*pair) for pair in pairs]
    arm_seeds, reference_seeds = (_seeds(cells, scales, drawn) for cells in (arms, references))
    between, freedom = _of_mean(own - other) if len(pairs) > 1 else (0.0, np.inf)
    has_losses = all(cell.finished.any() for cell in (*arms, *references))
    seeds = arm_seeds[0], reference_seeds[0]
    distance, bottom = float((own - other).mean()), 0.0 if is_zero else float(other.mean())
    return Contrast(
        arm=bottom + distance,
        reference=bottom,
        scale=tuple(float(scale) for scale in scales),
        has_fixed_scale=bool((np.abs(errors) < floor).any() or len(set(np.sign(errors))) > 1),
        arm_seeds=Luck(arm_seeds[0], 0.0, 0.0, arm_seeds[1]),
        reference_seeds=Luck(0.0, reference_seeds[0], 0.0, reference_seeds[1]),
        test_data=_of_test_data(arms, references, scales, drawn, seeds, data) if has_losses else UNKNOWN,
        settings=Luck(max(between - arm_seeds[0] - reference_seeds[0], 0.0), 0.0, 0.0, freedom),
        origins=_of_origins(arms, references, scales, drawn, data) if has_losses else NO_LUCK,
        arm_stability=_stability(arms),
        reference_stability=_stability(references),
        diebold_mariano=diebold_mariano(_loss(arms) - _loss(references), data.time) if has_losses else 1.0,
    )


def _of_test_data(
    arms: Sequence[CellRuns],
    references: Sequence[CellRuns],
    scales: Floats,
    drawn: Sequence[bool],
    seeds: tuple[float, float],
    data: ScoredTimesteps,
) -> Luck:
    """That of the test data, beside what seeds have.

    Where losses are mistakes, 0 or 1, it is at least that of a single timestep at which one of the two is wrong and the
    other is not: that none was seen does not say that there is none.
    """
    if not any(drawn):
        return NO_LUCK
    luck = data_luck(_influence(arms, scales, drawn), _influence(references, scales, drawn), seeds, data)
    if not all(cell.counts_mistakes for cell in (*arms, *references)):
        return luck
    return luck.at_least(float((1 / scales).mean() / data.count) ** 2)


def _of_origins(
    arms: Sequence[CellRuns],
    references: Sequence[CellRuns],
    scales: Floats,
    drawn: Sequence[bool],
    data: ScoredTimesteps,
) -> Luck:
    if not any(drawn):
        return NO_LUCK
    return origins_luck(_influence(arms, scales, drawn), _influence(references, scales, drawn), data)


def _check(pairs: Sequence[Pair], data: ScoredTimesteps) -> None:
    if not pairs:
        raise ValueError("a contrast needs an arm and a reference")
    cells = [cell for pair in pairs for cell in pair]
    if len({cell.root for cell in cells}) > 1:
        raise ValueError("errors of both cells must be of one kind: roots of mean losses, or means")
    counts = {cell.finished_losses.shape[1] for cell in cells if cell.finished.any()}
    if counts - {data.count}:
        raise ValueError(f"losses must be of the {data.count} scored timesteps, not of {sorted(counts)}")


def _are_same(arm: CellRuns, reference: CellRuns) -> bool:
    """Whether both cells consist of the same runs, in whatever order."""
    return bool(arm.keys) and sorted(arm.keys) == sorted(reference.keys) and arm.stable


def _seeds(cells: Sequence[CellRuns], scales: Floats, drawn: Sequence[bool]) -> tuple[float, float]:
    """The variance of the mean over settings of the cells' mean errors, by their seeds; and its degrees of freedom."""
    parts = [
        _of_mean(cell.finished_errors / scale) if is_drawn else (0.0, np.inf)
        for cell, scale, is_drawn in zip(cells, scales, drawn, strict=True)
    ]
    return sum(variance for variance, _ in parts) / len(cells) ** 2, satterthwaite(parts)


def _of_mean(values: Floats) -> tuple[float, float]:
    """The variance of the mean of independent values, and its degrees of freedom; infinite for a single value."""
    n = len(values)
    return (float(values.var(ddof=1)) / n, n - 1.0) if n > 1 else (np.inf, 1.0)


def _influence(cells: Sequence[CellRuns], scales: Floats, drawn: Sequence[bool]) -> Influence:
    """Of the scored timesteps on the mean over settings of the cells' mean errors."""
    parts = [cell.influences / (scale * len(cells)) for cell, scale in zip(cells, scales, strict=True)]
    mean = np.sum([part.mean(axis=0) for part in parts], axis=0)
    apart = [
        (part - part.mean(axis=0)) / np.sqrt(len(part) * (len(part) - 1))
        for part, is_drawn in zip(parts, drawn, strict=True)
        if is_drawn and len(part) > 1
    ]
    return Influence(mean, np.concatenate([np.zeros((1, len(mean))), *apart]))


def _loss(cells: Sequence[CellRuns]) -> Floats:
    """(n_scored,) the mean loss over seeds and settings."""
    return np.asarray(np.mean([cell.finished_losses.mean(axis=0) for cell in cells], axis=0))


def _stability(cells: Sequence[CellRuns]) -> Stability:
    return Stability(sum(cell.diverged for cell in cells), sum(len(cell.seeds) for cell in cells))
