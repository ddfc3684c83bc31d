"""Draws that are the same for every arm: each field is drawn from a stream of its own, whatever is asked before it."""

import zlib
from collections.abc import Collection, Mapping
from typing import Any

import numpy as np
import optuna
from optuna.distributions import BaseDistribution
from optuna.samplers import BaseSampler, RandomSampler
from optuna.trial import FrozenTrial
from typing_extensions import override

Seed = tuple[int, ...]


class EvenSampler(BaseSampler):
    """Random values that depend on the field's name and a seed alone.

    With the number of an arm's turn in the seed, arms get the same values of the fields that they share.

    seed  by which fields are drawn
    own   the fields that have another seed, and that seed
    """

    def __init__(self, seed: Seed, own: tuple[Collection[str], Seed] = ((), ())) -> None:
        self._seed, (self._own, self._seed_of_own) = seed, own

    @override
    def infer_relative_search_space(self, study: optuna.Study, trial: FrozenTrial) -> dict[str, BaseDistribution]:
        return {}

    @override
    def sample_relative(
        self, study: optuna.Study, trial: FrozenTrial, search_space: Mapping[str, BaseDistribution]
    ) -> dict[str, Any]:
        return {}

    @override
    def sample_independent(
        self, study: optuna.Study, trial: FrozenTrial, param_name: str, param_distribution: BaseDistribution
    ) -> Any:
        seed = self._seed_of_own if param_name in self._own else self._seed
        stream = (*seed, zlib.crc32(param_name.encode()))
        own = RandomSampler(seed=int(np.random.SeedSequence(stream).generate_state(1)[0]))
        return own.sample_independent(study, trial, param_name, param_distribution)
