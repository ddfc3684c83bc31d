"""A first study of a table: its text, which the product itself has accepted."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from sweep.config import study_file
from sweep.config.sections import NAME
from sweep.config.study_file import StudyFile
from sweep.core.errors import ConfigError
from sweep.init import text
from sweep.init.asked import Asked
from sweep.init.data import Data, data
from sweep.init.trial import Search, search
from sweep.launch.data import load_data
from workers.data.dataset import Dataset
from workers.data.looking.look import Look
from workers.data.looking.said import Said
from workers.wording import counted

LONGEST_NAME = 60


class FirstStudy(NamedTuple):
    """The text of a study file, and what its author should look at, a sentence each."""

    text: str
    unsure: tuple[str, ...]


def first_study(look: Look, asked: Asked, path: Path) -> FirstStudy:
    """A study that runs as it is, for a file at `path`.

    Raises workers.errors.DataError for a table of which no study can be made, and ConfigError for one that the product
    refuses.
    """
    chosen = data(look, asked, path.parent)
    name = Said(asked.name, "of the study, in the ledger and in MLflow") if asked.name else _name(look, chosen)
    section = _with_inputs(chosen)
    _, dataset = _accepted(text.document([], {"name": name, "data": section}, {}), look, path)
    found = search(chosen.forecast, dataset)
    unsure = tuple(_unsure(look, {"data": section, "trial": found.trial}))
    sections: dict[str, Mapping[str, Said] | Said] = {
        "name": name,
        "budget": found.budget,
        "data": section,
        "trial": found.trial,
        "space": found.space,
        "compare": found.compare,
    }
    written = text.document(_head(look, path, unsure), sections, _tails(look, chosen, found))
    _accepted(written, look, path)
    return FirstStudy(written, unsure)


def _accepted(written: str, look: Look, path: Path) -> tuple[StudyFile, Dataset]:
    """The study and its data, as far as they were looked at. Raises ConfigError where the product refuses them."""
    try:
        file = study_file.of_text(written, path)
        seen = file.config.data.model_copy(update={"path": str(look.part.absolute())})
        file = replace(file, config=file.config.model_copy(update={"data": seen}))
        return file, load_data(file)
    except ConfigError as error:
        why = [re.sub(rf"^{re.escape(str(path))}(:\d+)?: ", "", problem) for problem in error.problems]
        told = "; ".join(why).replace(str(look.part.absolute()), str(look.path))
        raise ConfigError(f"{look.path}: no study of it would run as it is: {told}") from None


def _with_inputs(chosen: Data) -> dict[str, Said]:
    """The fields of the section, the inputs before the targets."""
    section: dict[str, Said] = {}
    for name, said in chosen.fields.items():
        if name == "targets":
            section["inputs"] = Said(list(chosen.inputs))
        section[name] = said
    return section


def _name(look: Look, chosen: Data) -> Said:
    """The file's name and how far ahead, of the signs that a study's name may have."""
    stem = look.path.name.split(".")[0][:LONGEST_NAME]
    words = " ".join(filter(None, (stem, chosen.forecast.ahead)))
    name = re.sub(r"[^A-Za-z0-9._]+", "-", words).strip("-._")
    return Said(name if NAME.fullmatch(name) else "first-study", "of the study, in the ledger and in MLflow")


def _head(look: Look, path: Path, unsure: tuple[str, ...]) -> list[str]:
    """What the file says first."""
    seen = counted(look.rows, "row") if look.whole else f"the first {counted(look.rows, 'row')}, as there are many"
    lines = [
        f"A first study of {look.path.name}, written by sweep init.",
        f"It has looked at {seen}. The study runs as it is:",
        f"  sweep plan {path.name}      checks it, and says what would run",
        f"  sweep launch {path.name}    runs it, or goes on with it",
        "Every choice has its reason beside it; docs/study-file.md and docs/data.md have what else can be said, and",
        "sweep schema writes what editors complete and check it by.",
    ]
    if unsure:
        lines.append(f"Please look at what is marked as unsure: {counted(len(unsure), 'choice')}.")
    return lines


def _tails(look: Look, chosen: Data, found: Search) -> dict[str, list[str]]:
    """Comments after the sections: what is left out, and what may be wanted."""
    may_be = ["to change: max_gap, missing, split: {validation: 0.15, test: 0.15}, metrics: [mae]; docs/data.md"]
    to_change = "to change: cell, units, layers, dropout, patience, and what the space may search: docs/study-file.md"
    broken = [f"left out: {name}, whose times cannot be read: {why}" for name, why in look.found.broken.items()]
    out = {name: why for name, why in chosen.left_out.items() if name not in look.found.broken}
    return {
        "data": [*broken, *text.left_out(out), *may_be],
        "trial": [
            *([] if look.whole else ["steps are counted in the part that was looked at; there are more"]),
            to_change,
        ],
        "space": [f"not tried: {name}, {why}" for name, why in found.others.items()],
    }


def _unsure(look: Look, sections: Mapping[str, Mapping[str, Said]]) -> Iterator[str]:
    """What may be meant otherwise."""
    for section, fields in sections.items():
        for name, said in fields.items():
            if not said.sure:
                yield f"{section}.{name}: {text.flow(said.value)}: {said.why}"
            if isinstance(said.value, list):
                inner = (each for each in said.value if isinstance(each, Said) and not each.sure)
                yield from (f"{section}.{name}: {text.flow(each.value)}: {each.why}" for each in inner)
    for name, why in look.found.broken.items():
        yield f"{name} is not used as time: {why}"
    if not look.when:
        yield "no column says when rows are: they are taken to be in order and evenly spaced"
