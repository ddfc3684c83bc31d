"""How the trials of a search fall on the arms that it can come to."""

from collections import Counter
from collections.abc import Collection, Mapping

from sweep.config.reachable_arms import reachable, with_twins
from sweep.config.sections import StudyConfig
from sweep.config.space import Space
from sweep.core.trials import is_twin
from sweep.core.wording import counted
from workers.data.dataset import Dataset
from workers.data.timeline import Sequences
from workers.plans.equivalence import canonical

MIN_ARMS = 2  # that can be compared
FEW = 4  # configurations of an arm: the best of four is among the better third of all in 80 % of searches


def arms_take_turns(config: StudyConfig) -> bool:
    """Whether each trial is the turn of an arm: a grid goes through its combinations as they come."""
    return config.compare is not None and config.sampler.kind != "grid"


def trials_of_arms(config: StudyConfig, train: Sequences) -> dict[str, int]:
    """How many trials each arm gets if the whole budget is used, by name; twins too, and without arms of none.

    Enqueued configurations come first. Then the arm is next that was tried least often, the first of equals. A grid
    gives each arm one trial or more, as far as there are trials; how many is left open.
    """
    return _dealt(config, train)[1]


def compared_arms(config: StudyConfig, dataset: Dataset) -> list[str]:
    """The arms that the comparison of a study is about, without twins; none where there is no comparison."""
    return _compared(config, dataset, trials_of_arms(config, dataset.train))


def configurations_of_arms(config: StudyConfig, dataset: Dataset) -> dict[str, int]:
    """How many different configurations each arm that is compared gets at most, by name; none where none has a turn."""
    return _configurations(config, dataset, trials_of_arms(config, dataset.train), _all_of_arms(config, dataset.train))


def short_of_configurations(config: StudyConfig, dataset: Dataset) -> str:
    """A sentence where chance decides at which setting some arm is compared; empty where it does not."""
    searched, trials = _dealt(config, dataset.train)
    all_of = _all_of_arms(config, dataset.train)
    found = _configurations(config, dataset, trials, all_of)
    if all(count >= min(FEW, all_of.get(arm, FEW)) for arm, count in found.items() if arm in searched):
        return ""
    return (
        f"{described(config, found)}: too few to tell a good setting of an arm from a lucky one;"
        f" budget.trials: {FEW * len(found)} gives each {FEW}"
    )


def _dealt(config: StudyConfig, train: Sequences) -> tuple[Collection[str], dict[str, int]]:
    """The arms that the search leads to, and what `trials_of_arms` says."""
    space = Space(config.trial, config.space)
    arms = reachable(space, train)
    first = [space.spec_from(entry.parameters) for entry in config.enqueue[: config.budget.trials]]
    tried = Counter(canonical(spec, train).arm for spec in first)
    if not arms_take_turns(config):
        every = list(dict.fromkeys([*tried, *arms]))
        return arms, dict.fromkeys(every[: config.budget.trials], 1)
    placebo = config.compare is not None and config.compare.placebo
    names = list(with_twins(arms) if placebo else arms)
    for _ in range(config.budget.trials - len(first)):
        tried[min(names, key=lambda name: tried[name])] += 1
    return arms, {arm: tried[arm] for arm in dict.fromkeys([*names, *tried]) if tried[arm]}


def _compared(config: StudyConfig, dataset: Dataset, trials: Mapping[str, int]) -> list[str]:
    if config.compare is None or not len(dataset.test):
        return []
    arms = [arm for arm in trials if not is_twin(arm)]
    return arms if len(arms) >= MIN_ARMS else []


def _configurations(
    config: StudyConfig, dataset: Dataset, trials: Mapping[str, int], all_of: Mapping[str, int]
) -> dict[str, int]:
    arms = _compared(config, dataset, trials) if arms_take_turns(config) else []
    return {arm: min(trials[arm], all_of.get(arm, trials[arm])) for arm in arms}


def _all_of_arms(config: StudyConfig, train: Sequences) -> dict[str, int]:
    """How many configurations there are of each arm, where they can be counted."""
    return Space(config.trial, config.space).distinct_of_arms(train) or {}


def described(config: StudyConfig, found: Mapping[str, int]) -> str:
    """Such as `8 trials over 4 arms are 2 configurations each`; found: what `configurations_of_arms` says."""
    few, many = min(found.values()), max(found.values())
    each = counted(many, "configuration") if few == many else f"{few} to {many} configurations"
    return f"{counted(config.budget.trials, 'trial')} over {len(found)} arms are {each} each"
