"""The model card: what a model is, what it was trained on, how good it is, how to feed it, and where it ends."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined

from sweep.comparison.mean_error import interval
from sweep.comparison.new_rows import LEVEL
from sweep.core.wording import counted, listed
from sweep.export import feeding_by_hand
from sweep.export.judged import Judged, all_scores, scores
from sweep.tracking import tag_names
from sweep.tracking.fetch import Fetched
from workers.cells import cell_named, is_own
from workers.data.dataset import Dataset
from workers.forecasting.recipe import Recipe
from workers.plans.arms import arm_named
from workers.spec import TrialSpec

SPLITS = ("validation", "test")
UNMEASURED = (
    "Not measured: data of another place or time than the test split, groups that training did not have, and data that"
    " have changed since."
)
NO_LEDGER = "the study file was not given"


@dataclass(frozen=True)
class Subject:
    """The model that a card is about.

    model    its address
    judged   what the ledger says of it
    dataset  the study's data; None where they are not at hand
    program  whether the program that trains it lies beside it
    """

    model: str
    recipe: Recipe
    fetched: Fetched
    judged: Judged = field(default_factory=lambda: Judged(reason=NO_LEDGER))
    dataset: Dataset | None = None
    program: bool = False

    @property
    def refit(self) -> bool:
        """Whether it was trained again on all data, the test split included."""
        return self.fetched.tags.get(tag_names.REFIT) == "true"


@dataclass(frozen=True)
class Row:
    """A row of the table of scores: of the model, or of a forecast without one."""

    name: str
    values: Mapping[str, str]


def card(subject: Subject) -> str:
    """The card as Markdown."""
    recipe, spec = subject.recipe, subject.recipe.spec
    verdict = f"The comparison: {subject.judged.sentence}" if subject.judged.sentence else ""
    return (
        _environment()
        .get_template("model.md.jinja")
        .render(
            recipe=recipe,
            spec=spec,
            summary=_summary(subject),
            data=_data(subject),
            arm=arm_named(spec.arm),
            how_good=_how_good(subject),
            scores=_scores(subject),
            horizons=_by_horizon(subject),
            score_notes=_score_notes(subject),
            verdict=verdict or f"No verdict: {subject.judged.reason}.",
            imports=_imports(spec),
            own_cell=spec.cell.split(":") if is_own(spec.cell) and not spec.model else [],
            own_module=str(spec.model or "").partition(":")[0],
            given=feeding_by_hand.given(recipe),
            made=feeding_by_hand.made(recipe),
            batch=feeding_by_hand.batch(recipe),
            streaming=feeding_by_hand.streaming(recipe),
            program=subject.program,
            limits=_limits(subject),
        )
    )


def _imports(spec: TrialSpec) -> str:
    """What Keras needs to load the network; empty where Keras has its cell."""
    if spec.model:
        histories = "where it has causal convolutions streaming.keras needs `import workers.models.history` too"
        return f" and, if it has layers of its own, the module `{spec.model.partition(':')[0]}` ({histories})"
    cell = spec.cell
    if is_own(cell):
        return f" and the module of its cell, `{cell.partition(':')[0]}`"
    return "" if cell_named(cell).keras_name else " (after `import workers.models.layers`, as Keras lacks the cell)"


def _summary(subject: Subject) -> str:
    recipe = subject.recipe
    inputs = f" from {listed(recipe.input_names)}" if recipe.input_names else ""
    ahead = f", {_rows_ahead(recipe)} ahead" if recipe.horizon and not recipe.alphabet else ""
    version = f", version {subject.fetched.version}" if subject.fetched.version else ""
    return f"It forecasts {listed(recipe.target_names)}{inputs}{ahead}. It is `{subject.model}`{version}."


def _rows_ahead(recipe: Recipe) -> str:
    """`6 rows`, or of several horizons `1, 6 and 12 rows`."""
    nearer = ", ".join(f"{steps:,}" for steps in recipe.horizons[:-1])
    return f"{nearer} and {counted(recipe.horizon, 'row')}" if nearer else counted(recipe.horizon, "row")


def _data(subject: Subject) -> dict[str, str]:
    recipe = subject.recipe
    data = recipe.data
    found = {
        "kind": f"{data.kind} {getattr(data, 'path', '')}".rstrip(),
        "inputs": ", ".join(recipe.input_names),
        "looked up": ", ".join(each.said for each in recipe.embeddings),
        "targets": ", ".join(recipe.target_names),
        "learnt": f"{transform} of the targets" if (transform := getattr(data, "transform", None)) else "",
        "scaled": "each group by its own mean and deviation" if recipe.group_scale else "",
        "units": getattr(data, "units", None) or "",
        "classes": "" if recipe.alphabet else ", ".join(recipe.class_names),
        "alphabet": f"{len(recipe.alphabet):,} characters" if recipe.alphabet else "",
        "horizon": _rows_ahead(recipe),
        "resampled": f"to a row every {every}" if (every := getattr(data, "resample", None)) else "",
        "step": f"{recipe.step_seconds:g} s, the median" if recipe.step_seconds else "",
        "groups": listed(recipe.group_names),
        "digest": subject.fetched.tags.get(tag_names.DATA, ""),
    }
    if subject.dataset is not None:
        dataset = subject.dataset
        parts = {"training": dataset.train, "validation": dataset.validation, "test": dataset.test}
        found["timesteps"] = ", ".join(f"{name} {int(part.lengths.sum()):,}" for name, part in parts.items())
    return {name: value.replace("|", r"\|") for name, value in found.items() if value}


def _how_good(subject: Subject) -> str:
    if subject.refit:
        return (
            "It was trained again on all data, the test split included, so it has no score of its own. The scores"
            " below, if any, are those of the same configuration trained on the training part alone."
        )
    if any(name.startswith("test/") for name in subject.recipe.scores):
        return "Scored as it is deployed, on data that had no part in its training or its choice."
    return "It has no score on the test split: only the runs of a comparison are scored there."


def _scores(subject: Subject) -> list[Row]:
    """The metrics of the model and of the forecasts without one, each on validation and on the test split."""
    found = scores(subject.judged.run, subject.recipe.scores)
    by_metric = {name.removesuffix("_deployed"): value for name, value in found.items()}
    names = dict.fromkeys(name.partition("/")[2] for name in by_metric if name.count("/") == 1)
    ordered = sorted(names.keys() - {"error"}, key=lambda name: (name == "loss", [*names].index(name)))
    of_baselines = _baselines(subject) if names else {}
    columns = [
        column
        for column in (f"{split}/{name}" for split in SPLITS for name in ordered)
        if any(column in row for row in (by_metric, *of_baselines.values()))
    ]
    called = "the model before its refit" if subject.refit else "the model"
    rows = {called: by_metric} if names else {}
    return [Row(name, _shown(columns, row)) for name, row in {**rows, **of_baselines}.items()]


def _by_horizon(subject: Subject) -> list[Row]:
    """The error at each of several horizons, of the model and of the forecasts without one; else nothing."""
    recipe = subject.recipe
    if not recipe.horizons:
        return []
    metric, found = recipe.loss.shown, all_scores(subject.judged.run, recipe.scores)
    columns = {f"{part} {metric}": [found.get(n) for n in recipe.error_names(part, deployed=True)] for part in SPLITS}
    of_baselines = subject.dataset.test_baselines if subject.dataset else {}
    of_test = recipe.error_names("test", deployed=False)
    columns |= {f"test {metric} of {name}": [row.get(key) for key in of_test] for name, row in of_baselines.items()}
    return [
        Row(
            target,
            {name: "" if (value := values[number]) is None else f"{value:.6g}" for name, values in columns.items()},
        )
        for number, target in enumerate(recipe.target_names)
    ]


def _baselines(subject: Subject) -> dict[str, dict[str, float]]:
    if subject.dataset is None:
        return {}
    validation, test = subject.dataset.baselines, subject.dataset.test_baselines
    return {f"{name}, without a network": {**row, **test.get(name, {})} for name, row in validation.items()}


def _shown(columns: list[str], values: Mapping[str, float]) -> dict[str, str]:
    return {name.replace("/", " "): f"{values[name]:.6g}" if name in values else "" for name in columns}


def _score_notes(subject: Subject) -> list[str]:
    """The interval of the score on the test split."""
    error, found = subject.recipe.test, scores(subject.judged.run, subject.recipe.scores)
    loss = found.get("test/loss_deployed")
    if error is None or not error.mean or loss is None or len(subject.recipe.target_names) > 1:
        return []
    row = subject.recipe.loss if not subject.recipe.class_names and not subject.recipe.alphabet else None
    is_root, called = row is not None and row.root, row.called if row else "loss"
    parts = (max(bound / error.mean, 0.0) for bound in interval(error, LEVEL))
    low, high = ((loss * part) ** (0.5 if is_root else 1.0) for part in parts)
    units = getattr(subject.recipe.data, "units", None)
    what = f"{called} on other test data of the kind: {low:.4g} to {high:.4g}"
    shown = f" {units}" if units and row and row.in_units else ""
    return [f"{what}{shown} ({LEVEL:.0%} interval, of the luck of the test data alone)."]


def _limits(subject: Subject) -> list[str]:
    recipe = subject.recipe
    of_categories = {number for entry, numbers in recipe.entries if not entry.ranged for number in numbers}
    ranges = ", ".join(
        f"{name} {low:g} to {high:g}"
        for number, (name, low, high) in enumerate(zip(recipe.input_names, recipe.low, recipe.high, strict=False))
        if number not in of_categories
    )
    return [
        *([f"Training saw {ranges}; what it does beyond is not known."] if ranges else []),
        *(
            f"Training saw {counted(len(known), 'kind')} of {column} ({listed(known)}); of others all its inputs are 0."
            for column, known in recipe.categories.items()
        ),
        *([f"Training saw rows {recipe.step_seconds:g} s apart."] if recipe.step_seconds else []),
        UNMEASURED,
        _trained(subject.fetched),
    ]


def _trained(fetched: Fetched) -> str:
    if not fetched.at:
        return "Who trained it, and when, is not known: it is no registered version of a model."
    by = f" by {fetched.by}" if fetched.by else ""
    when = datetime.fromtimestamp(fetched.at).astimezone()
    return f"Logged {when:%Y-%m-%d}{by}{_which(fetched.tags)}."


def _which(tags: Mapping[str, str]) -> str:
    """Of which run."""
    if tag_names.SEED not in tags:
        return ""
    noun = "trial" if tags[tag_names.STAGE] == "search" else "comparison run"
    return f"; {noun} {tags[tag_names.TRIAL]}, seed {tags[tag_names.SEED]}"


@cache
def _environment() -> Environment:
    return Environment(  # noqa: S701  (Markdown, for people)
        loader=PackageLoader("sweep.export"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
