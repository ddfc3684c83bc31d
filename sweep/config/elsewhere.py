"""Fields that stand in the wrong section, or go by the name that they have in another program."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from difflib import SequenceMatcher
from functools import cache
from typing import Any, NamedTuple

from sweep.config.locations import fields_of, models_of, tags_of, value_at
from sweep.config.meanings import MEANINGS
from sweep.config.sections import StudyConfig
from sweep.config.validation import REQUIRED, shown
from sweep.config.yaml_mistakes import UNLIKE_BLANKS, unlike_blank
from sweep.core.errors import FieldPath, Problem
from workers.spec import TrialSpec
from workers.wording import listed, nearest, same_form

TOP: FieldPath = ()
NEARLY = 0.85  # of two names, how alike they are
TRIALS: tuple[FieldPath, ...] = (("space",), ("enqueue",))  # the sections that have the fields of a trial
SECTIONS = ("trial", "budget", "workers", "objective", "compare", "deploy", "publish")
ALSO_CALLED = {  # as Keras, PyTorch, Optuna and Ray call it
    "lr": "trial.learning_rate",
    "hidden_size": "trial.units",
    "hidden_units": "trial.units",
    "num_layers": "trial.layers",
    "n_layers": "trial.layers",
    "sequence_length": "trial.window",
    "seq_len": "trial.window",
    "lookback": "trial.window",
    "timesteps": "trial.window",
    "model": "trial.cell",
    "early_stopping": "trial.patience",
    "clipnorm": "trial.clip_norm",
    "n_trials": "budget.trials",
    "num_samples": "budget.trials",
    "timeout": "budget.time",
    "n_jobs": "workers.count",
    "num_workers": "workers.count",
    "num_gpus": "workers.gpus",
    "num_cpus": "workers.cpus",
    "monitor": "objective.metric",
    "direction": "objective.goal",
    "mode": "objective.goal",
    "features": "data.inputs",
    "columns": "data.inputs",
    "labels": "data.targets",
    "target": "data.targets",
    "file": "data.path",
    "filename": "data.path",
    "datetime": "data.time",
    "delimiter": "data.separator",
    "sep": "data.separator",
    "groups": "data.group",
    "test_size": "data.split.test",
    "validation_split": "data.split.validation",
    "parameters": "space",
    "search_space": "space",
    "hyperparameters": "space",
    "scheduler": "pruner",
    "search_alg": "sampler",
    "random_state": "seed",
    "random_seed": "seed",
    "database": "storage",
    "mlflow": "tracking",
}

OF_RANGES = {
    **dict.fromkeys(("min", "minimum", "start"), "here it is called low"),
    **dict.fromkeys(("max", "maximum", "stop"), "here it is called high"),
    **dict.fromkeys(("scale", "distribution", "logarithmic"), "of all orders of magnitude alike it is log: true"),
    **dict.fromkeys(("values", "choices", "options"), "write the list in place of the mapping"),
}
STRATEGIES: Mapping[FieldPath, Mapping[str, str]] = {  # as others call them
    ("sampler",): {"bayesian": "tpe", "bayes": "tpe", "optuna": "tpe", "hyperopt": "tpe"},
    ("pruner",): {"asha": "successive_halving", "sha": "successive_halving", "bohb": "hyperband"},
}
TABLES = ("csv", "tsv", "parquet", "excel", "xlsx", "json", "pandas", "dataframe")  # what kinds are mistaken for
TO_BEGIN_WITH: Mapping[FieldPath, str] = {
    ("name",): "; write name: my-study",
    ("data",): "; write data: and below it kind, path, inputs and targets",
}


class Known(NamedTuple):
    """A field of the study file: the section that it is in, its name, and the kinds of data that have it."""

    section: FieldPath
    name: str
    kinds: tuple[str, ...] = ()


def advised(problem: Problem, data: Mapping[str, Any]) -> Problem:
    """The problem, with where a field belongs that stands in the wrong place; data: of the study file."""
    message = _of_name(problem.field, data) if problem.of_name else _of_value(problem, data)
    return replace(problem, message=message) if message else problem


def _of_name(field: FieldPath, data: Mapping[str, Any]) -> str:
    """What is said of a name that its section does not have; empty where nothing better is known."""
    *steps, name = (step for step in field if isinstance(step, str))
    if special := _oddly_written(name) or _of_one_section(steps, name):
        return special
    section = ("trial",) if tuple(steps) in TRIALS else tuple(steps)
    places = _known().get(same_form(name), ())
    own = [place for place in places if place.section == section]
    if section not in _sections() or own:
        return _of_other_kinds(own, data)
    other = ALSO_CALLED.get(name.casefold().replace("-", "_"), "")
    here, _, called = other.rpartition(".")
    if other and here == ".".join(section):
        return f"no such field; here it is called {called}"
    if places:
        near = _nearly(name, section, value_at(data, field))
        return _of_another_section(places[0], near, searched=steps == ["space"])
    return f"no such field; here it is called {other}" if other else ""


def _of_one_section(section: Sequence[str], name: str) -> str:
    """What is said of names that are meant for something else in ranges of the space, and in the split."""
    if section[:1] == ["space"] and len(section) > 1 and name in OF_RANGES:
        return f"no such field; {OF_RANGES[name]}"
    is_rest = section == ["data", "split"] and name in ("train", "training")
    return "no such field; what validation and test leave is trained on" if is_rest else ""


def _oddly_written(name: str) -> str:
    """What is said of a name that holds what belongs behind it, or a blank that is none."""
    if odd := UNLIKE_BLANKS.search(name):
        return unlike_blank(odd[0])
    with_value = re.fullmatch(r"[\w.-]+:\S.*", name)
    return f"a blank is missing after the colon; write {name.replace(':', ': ', 1)}" if with_value else ""


def _of_another_section(place: Known, near: str, *, searched: bool) -> str:
    """Of a field of another section; near: what it is nearly called in its own."""
    what = "no field of a trial, which alone are searched" if searched else "no such field here"
    where = f"under {'.'.join(map(str, place.section))}" if place.section else "at the top, beside name and data"
    return f"{what}; {f'did you mean {near}? Else ' if near else ''}{place.name} belongs {where}"


def _nearly(name: str, section: FieldPath, value: Any) -> str:
    """The field of the section that is called nearly so, and takes such a value; empty where there is none."""
    known = [each for model in _sections()[section] for each in fields_of(model)]
    near = nearest(name, known)
    alike = SequenceMatcher(None, same_form(name), same_form(near)).ratio() >= NEARLY
    is_section = (*section, near) in _sections()
    return near if alike and is_section == isinstance(value, Mapping) else ""


def _of_other_kinds(own: Sequence[Known], data: Mapping[str, Any]) -> str:
    """Of a field that other kinds of data have."""
    said = data.get("data")
    kind = said.get("kind") if isinstance(said, Mapping) else None
    kinds = list(dict.fromkeys(kind for place in own for kind in place.kinds))
    if not kinds or not isinstance(kind, str) or kind in kinds:
        return ""
    return f"no such field of kind: {kind}; it is for kind: {listed(kinds)}"


def _of_value(problem: Problem, data: Mapping[str, Any]) -> str:
    """What is said of a value that would be right elsewhere."""
    section, name = (*problem.field, "", "")[:2]
    value = data.get(str(section))
    if problem.message == REQUIRED and (meaning := MEANINGS.get(str(problem.field[-1]))):
        return f"{REQUIRED}{TO_BEGIN_WITH.get(problem.field, f': {meaning}')}"
    if problem.field == ("data",) and isinstance(value, str):
        return f"{problem.message}; write {{kind: table, path: ...}}, with inputs and targets"
    if problem.field == ("data", "kind") and isinstance(value, Mapping) and str(value.get("kind")) in TABLES:
        return f"there is no {shown(value['kind'])}; did you mean table?"
    other = STRATEGIES.get(problem.field, {}).get(str(value).casefold())
    if other:
        return f"there is no {shown(value)}; did you mean {other}?"
    inside = value.get(name) if section == "trial" and isinstance(value, Mapping) else None
    if name in TrialSpec.model_fields and len(problem.field) == 2 and isinstance(inside, list | Mapping):
        return f"{problem.message}; what is searched stands under space"
    return ""


@cache
def _sections() -> Mapping[FieldPath, Sequence[type]]:
    """The models of each section by its path, the study as a whole first."""
    top = fields_of(StudyConfig)
    kinds = models_of(top["data"])
    below: dict[FieldPath, Sequence[type]] = {(name,): models_of(top[name]) for name in SECTIONS}
    return {TOP: [StudyConfig], **below, ("data",): kinds, ("data", "split"): models_of(fields_of(kinds[0])["split"])}


@cache
def _known() -> Mapping[str, Sequence[Known]]:
    """Every field by the one form of its name, in the order of the sections."""
    found: dict[str, dict[FieldPath, Known]] = {}
    for section, models in _sections().items():
        for model in models:
            kind = tags_of(model).get("kind", "")
            for name in fields_of(model):
                before = found.setdefault(same_form(name), {}).get(section)
                kinds = (*(before.kinds if before else ()), *([kind] if kind else []))
                found[same_form(name)][section] = Known(section, name, kinds)
    return {form: list(places.values()) for form, places in found.items()}
