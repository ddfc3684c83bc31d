"""All files of an export, and what must be said of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from sweep.config.study_file import StudyFile
from sweep.core.errors import ServiceUnavailable, SweepError
from sweep.export.card import Subject, card
from sweep.export.judged import judged
from sweep.launch.data import load_data
from sweep.study.baselines import with_baselines
from sweep.tracking import fetch, tag_names
from sweep.tracking.fetch import Fetched
from workers.data.dataset import Dataset, for_refit
from workers.forecasting.package import FILES, RECIPE, networks
from workers.forecasting.recipe import Recipe
from workers.forecasting.standalone import program
from workers.forecasting.standalone.program import Training
from workers.objective import Objective
from workers.spec import TrialSpec

FORECASTER = "forecaster"
CARD, PROGRAM, DATA = "MODEL.md", "train.py", "data.npz"


@dataclass(frozen=True)
class Exported:
    """The files by their names in the folder, and what to say of them, a sentence each."""

    files: Mapping[str, bytes]
    notes: tuple[str, ...] = field(default=())


def exported(model: str, tracking_uri: str, file: StudyFile | None) -> Exported:
    """A model's files, its card, and the program that trains it where the study file and its data are at hand.

    Raises ServiceUnavailable for a model that cannot be had.
    """
    fetched = fetch.files(model, tracking_uri)
    recipe = _recipe(model, fetched)
    dataset, why = _data(file, fetched)
    subject = Subject(model, recipe, fetched, dataset=dataset)
    if file is not None and dataset is not None:
        subject = replace(subject, judged=judged(file, dataset, fetched.tags[tag_names.KEY]))
    code = {name: text.encode() for name, text in recipe.code.items()}
    if PROGRAM in code:
        dataset, why = None, f"the module of the study's own cell is called {PROGRAM} too"
    if recipe.spec.model and dataset is not None:
        dataset, why = None, "such a program is written for cells, and this network is a model of your own"
    files = _program(file, subject) if file is not None and dataset is not None else {}
    notes = [f"{PROGRAM} and {DATA} are left out: {why}"] if why else _remarks(file, recipe.spec)
    about = card(replace(subject, program=bool(files)))
    models = {name: fetched.files[name] for name in networks(recipe.spec)}
    parts = {f"{FORECASTER}/{name}": fetched.files[name] for name in FILES}
    return Exported({CARD: about.encode(), **models, **parts, **files, **code}, tuple(notes))


def _recipe(model: str, fetched: Fetched) -> Recipe:
    _need(model, fetched, FILES)
    try:
        recipe = Recipe.from_text(fetched.files[RECIPE].decode())
    except (ValueError, KeyError) as error:
        raise ServiceUnavailable(f"{model}: is no model of this version of sweep: {error}") from error
    _need(model, fetched, networks(recipe.spec))
    return recipe


def _need(model: str, fetched: Fetched, names: Sequence[str]) -> None:
    missing = [name for name in names if name not in fetched.files]
    if missing:
        what = f"it has no {', '.join(missing)}; launch the study again, which logs it anew"
        raise ServiceUnavailable(f"{model}: is no model of this version of sweep: {what}")


def _data(file: StudyFile | None, fetched: Fetched) -> tuple[Dataset | None, str]:
    """The study's data, if they are those that the model was trained on; else why there are none."""
    if file is None:
        return None, "they need the data; give the study file in place of the study's name"
    if not {tag_names.SEED, tag_names.DATA, tag_names.KEY} <= set(fetched.tags):
        return None, "the model is no registered version, so its seed is not known; give models:/NAME/VERSION"
    try:
        dataset = load_data(file)
    except SweepError as error:
        return None, f"they need the study's data: {error}"
    if dataset.digest != fetched.tags[tag_names.DATA]:
        return None, "the study's data are not those that the model was trained on; give back the data of then"
    return with_baselines(file.config, dataset), ""


def _program(file: StudyFile, subject: Subject) -> dict[str, bytes]:
    """The program, and its data in their own units."""
    study, spec, dataset = file.config, subject.recipe.spec, subject.dataset
    assert dataset is not None  # noqa: S101  (the caller has seen to it)
    raw = study.data.load(file.origin.path.resolve().parent)
    if subject.refit:
        dataset = for_refit(dataset)
    objective = replace(study.objective, at="last") if subject.refit else study.objective
    changes = getattr(study.data, "predict", "level") == "change"
    trained = Training(spec, int(subject.fetched.tags[tag_names.SEED]), objective, dataset, changes=changes)
    return {PROGRAM: program.source(trained).encode(), DATA: program.arrays(raw, dataset)}


def _remarks(file: StudyFile | None, spec: TrialSpec) -> list[str]:
    """What the program does otherwise than the trial."""
    objective = file.config.objective if file is not None else Objective()
    if objective.metric in program.MEASURED:
        return []
    keeps = f"{PROGRAM} keeps the epoch with the lowest validation/loss, and not the best {objective.metric}"
    waits = f"{PROGRAM} waits for a lower validation/loss before it stops, and not for a better {objective.metric}"
    return [keeps] * (objective.at == "best") + [waits] * (spec.patience is not None)
