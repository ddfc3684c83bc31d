"""Checks of a study against its data before it runs."""

import re
from collections.abc import Iterator, Sequence
from importlib.util import find_spec

from sweep.config.reachable_arms import arms_of
from sweep.config.sections import StudyConfig
from sweep.config.space import Range, choices
from sweep.config.turns import short_of_configurations
from sweep.core.wording import counted, listed
from workers.baselines.learned import applicable
from workers.data.dataset import Dataset, with_origins
from workers.errors import DataError, InvalidInput, SpecError
from workers.plans import windows
from workers.spec import metric_names
from workers.wording import nearest

FEW_STEPS = 4  # of an epoch
LEAST_SCORED = 30  # timesteps of a stretch of the test split
SPLITS = {"val": "validation", "valid": "validation", "validation": "validation", "train": "train"}
MANY_VALUES = 100  # of a field; of more only the ends are looked at


def problems(config: StudyConfig, dataset: Dataset) -> Iterator[InvalidInput]:
    """What makes the study impossible on these data."""
    names = metric_names(dataset.objectives)
    if config.objective.metric not in names:
        yield SpecError(_no_metric(config.objective.metric, names), "objective.metric")
    longest = int((dataset.timeline.stops - dataset.timeline.starts).max())
    if config.sampler.kind == "gp" and find_spec("torch") is None:
        yield SpecError("Optuna's Gaussian process needs PyTorch: pip install torch, or take tpe", "sampler")
    yield from _unreachable_arm(config, dataset)
    yield from _other_baselines(config, dataset)
    yield from _margin_in_units(config, dataset)
    yield from _weights_of_classes(config, dataset)
    yield from _origins(config, dataset)
    if dataset.loss.calibrates and config.deploy.refit:
        what = "leaves no rows that training has not seen, and data.loss is to be calibrated on such rows"
        yield SpecError(what, "deploy.refit")
    for window in values(config, "window"):
        if window > longest:
            yield SpecError(
                f"{window} timesteps are more than the longest sequence has: {longest}; no more than that",
                "trial.window",
            )


def _no_metric(given: str, names: Sequence[str]) -> str:
    """What is said of a metric that these data do not have: also of one as Keras calls it, val_loss."""
    before, _, metric = re.sub("[_/]", "/", given, count=1).partition("/")
    split, metric = (SPLITS[before], metric) if before in SPLITS else ("validation", given)
    last = nearest(metric, [name.partition("/")[2] for name in names if name.startswith(f"{split}/")])
    near = f"{split}/{last}" if last else "" if before in SPLITS else nearest(given, names)
    return f"there is no metric {given!r} here; {f'did you mean {near}? T' if near else 't'}here is {', '.join(names)}"


def _other_baselines(config: StudyConfig, dataset: Dataset) -> Iterator[SpecError]:
    """Baselines that the study file names, and that are not defined for its data."""
    known = applicable(dataset)
    other = [name for name in config.baselines if name not in known] if config.asks_for_baselines else []
    if other:
        advice = "docs/study-file.md says for which data each is"
        yield SpecError(f"not for these data: {', '.join(other)}; there is {', '.join(known)}; {advice}", "baselines")


def _margin_in_units(config: StudyConfig, dataset: Dataset) -> Iterator[SpecError]:
    """A margin in the targets' units, where the loss is not in them."""
    margin, loss = config.compare.margin if config.compare else None, dataset.loss
    if margin is not None and margin.units is not None and loss.called and not loss.in_units:
        what = f"is in {margin.units}, and {loss.called} (data.loss) is not; a relative margin suits it"
        yield SpecError(what, "compare.margin")


def _weights_of_classes(config: StudyConfig, dataset: Dataset) -> Iterator[SpecError]:
    """Weights of classes where the targets are numbers."""
    of_space, name = config.space.get("class_weight", ()), "class_weight"
    asked = {
        f"trial.{name}": config.trial.class_weight,
        f"space.{name}": next(filter(None, of_space), None) if isinstance(of_space, tuple) else None,
        "enqueue": next(filter(None, (each.parameters.get(name) for each in config.enqueue)), None),
    }
    for field, given in asked.items():
        if given and not dataset.timeline.n_classes:
            yield SpecError(f"{name}: {given} is for classes, and the targets are numbers", field)


def _origins(config: StudyConfig, dataset: Dataset) -> Iterator[SpecError]:
    """Stretches of the test split that cannot be cut, or that tell too little."""
    if config.origins == 1:
        return
    try:
        cut = with_origins(dataset, config.data.split, config.origins)
    except DataError as error:
        yield SpecError(error.message, "compare.origins")
        return
    window = max(values(config, "window"))
    fewest, least = min(len(places) for places in cut.places_of_origins()), max(LEAST_SCORED, window)
    if fewest < least:
        what = f"{config.origins} origins leave a stretch of {counted(fewest, 'scored timestep')}"
        why = f"it takes {least}, {'a window' if window == least else 'or nothing can be told of it'}"
        yield SpecError(f"{what}; {why}; fewer origins, or a larger data.split.test", "compare.origins")


def _unreachable_arm(config: StudyConfig, dataset: Dataset) -> Iterator[SpecError]:
    """The arm to deploy, if no trial of the study can be of it."""
    arm = config.deploy.named
    if arm is None:
        return
    arms = arms_of(config, dataset.train)
    if arm not in arms:
        yield SpecError(f"no trial of this study can be {arm}; the space leads to {', '.join(arms)}", "deploy.arm")


def warnings(config: StudyConfig, dataset: Dataset) -> list[str]:
    """What works, but is probably not meant."""
    found = (
        _short_epochs(config, dataset),
        _rare_targets(config, dataset),
        _beyond_the_budget(config),
        _idle_patience(config),
        _endless_warmup(config),
        filter(None, [short_of_configurations(config, dataset)]),
    )
    return [*dataset.timeline.notes, *(note for notes in found for note in notes)]


def _short_epochs(config: StudyConfig, dataset: Dataset) -> Iterator[str]:
    """Larger batches and windows make fewer steps an epoch, and so fewer over which state is carried."""
    if True not in values(config, "stateful"):
        return
    for batch_size in values(config, "batch_size"):
        for window in values(config, "window"):
            steps = -(-len(windows.windows(dataset.train, window)) // batch_size)
            if steps < FEW_STEPS:
                yield (
                    f"batch_size {batch_size} with window {window} leaves {steps} steps an epoch, which is little to"
                    " carry state over; smaller batches or windows make longer lanes"
                )


def _beyond_the_budget(config: StudyConfig) -> Iterator[str]:
    beyond = config.enqueue[config.budget.trials :]
    if beyond:
        names = listed([entry.name or "one without a name" for entry in beyond])
        yield (
            f"{len(config.enqueue)} configurations are enqueued, and budget.trials is {config.budget.trials}: {names}"
            f" {'is' if len(beyond) == 1 else 'are'} not tried"
        )


def _idle_patience(config: StudyConfig) -> Iterator[str]:
    """A trial of n epochs has n - 1 without an improvement at most."""
    longest = max(values(config, "epochs"))
    given = [patience for patience in values(config, "patience") if patience is not None]
    if given and min(given) >= longest:
        yield f"patience {min(given)} stops no trial before its end, since none has more than {longest} epochs"


def _endless_warmup(config: StudyConfig) -> Iterator[str]:
    """A learning rate that never comes to what it is to be."""
    entry = config.space.get("warmup_epochs", (config.trial.warmup_epochs,))
    longest, fewest = entry.high if isinstance(entry, Range) else max(entry), min(values(config, "epochs"))
    if longest and longest >= fewest:
        yield f"warmup_epochs {longest:g} is all that a trial of {fewest} epochs has, whose learning rate only rises"


def _rare_targets(config: StudyConfig, dataset: Dataset) -> Iterator[str]:
    share = dataset.timeline.scored.mean()
    if share * min(values(config, "window")) < 0.5:
        yield (
            f"only {share:.1%} of the timesteps have a target, so many steps of an epoch update nothing;"
            " the metric `updates` counts those that do"
        )


def values(config: StudyConfig, name: str) -> Sequence[int]:
    """Every value that a field of whole numbers can take, or the least and the largest of many."""
    if name not in config.space:
        return [getattr(config.trial, name)]
    values = choices(config.space[name]) or ()
    return values if len(values) < MANY_VALUES else [values[0], values[-1]]
