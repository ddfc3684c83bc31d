"""Draws that are the same for every arm: each field is drawn from a stream of its own, whatever is asked before it."""

import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np
import optuna
from optuna.distributions import BaseDistribution
from optuna.samplers import BaseSampler, RandomSampler
from optuna.trial import FrozenTrial
from typing_extensions import override


class EvenSampler(BaseSampler):
    """Random values that depend on the field's name and the seed alone.

    With the number of an arm's turn in the seed, arms get the same values of the fields that they share.
    """

    def __init__(self, *seed: int) -> None:
        self._seed = seed

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
        stream = (*self._seed, zlib.crc32(param_name.encode()))
        own = RandomSampler(seed=int(np.random.SeedSequence(stream).generate_state(1)[0]))
        return own.sample_independent(study, trial, param_name, param_distribution)
