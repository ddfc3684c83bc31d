"""The scale of each group of a panel: what its own training part has of inputs and of targets."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]


class Figures(NamedTuple):
    """Means and deviations of inputs (n_features,), and of targets (n_targets,); of several rows (n, ...)."""

    feature_mean: Numbers
    feature_scale: Numbers
    target_mean: Numbers
    target_scale: Numbers


@dataclass(frozen=True)
class GroupScale:
    """What rows of a group are scaled by, before they are scaled as all rows are.

    groups  those of each group that training has, by its name
    others  those of all groups' rows together, which any other group has

    An input that is not scaled by groups has mean 0 and deviation 1 in each.
    """

    groups: Mapping[str, Figures]
    others: Figures

    def of(self, names: Sequence[str] | NDArray[np.object_]) -> Figures:
        """Those of rows of these groups (n,): each (n, columns)."""
        known, code = np.unique(np.asarray(names, object).astype(str), return_inverse=True)
        rows = [self.groups.get(name, self.others) for name in known] or [self.others]
        return Figures(*(np.stack(column)[code] for column in zip(*rows, strict=True)))

    def features(self, values: NDArray[np.floating], names: Sequence[str] | NDArray[np.object_]) -> Numbers:
        """(n, n_features) inputs of rows of these groups (n,), scaled."""
        own = self.of(names)
        return np.asarray((values - own.feature_mean) / own.feature_scale)

    def before(self, features: NDArray[np.floating], name: str) -> Numbers:
        """The values again, of rows of one group."""
        own = self.groups.get(name, self.others)
        return np.asarray(features * own.feature_scale + own.feature_mean)

    def as_json(self) -> dict[str, Any]:
        """Plain lists, numbers and texts."""
        return {"groups": {name: _plain(own) for name, own in self.groups.items()}, "others": _plain(self.others)}

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> "GroupScale":
        """The scale again."""
        groups = {name: _figures(own) for name, own in plain["groups"].items()}
        return cls(groups, _figures(plain["others"]))


def _plain(figures: Figures) -> dict[str, list[float]]:
    return {name: column.tolist() for name, column in figures._asdict().items()}


def _figures(plain: Mapping[str, Sequence[float]]) -> Figures:
    return Figures(**{name: np.array(column, np.float64) for name, column in plain.items()})
