"""What a message says to write is taken: the study file with it has no such mistake any more."""

import re
from pathlib import Path

import pytest

from sweep.config import elsewhere
from sweep.config.locations import fields_of
from sweep.config.sections import StudyConfig
from sweep.config.study_file import of_text
from sweep.core.errors import ConfigError, Mistake
from tests.docs import mistakes
from tests.sweep.config.study_files import MINIMAL, complaint
from workers.spec import TrialSpec

ADVICE = re.compile(r"(?:; write |leave the quotes out: |did you mean )(.+?)\??$")
NAMES = sorted(set(TrialSpec.model_fields) - fields_of(StudyConfig).keys())


def wrong(text: str) -> list[Mistake]:
    try:
        of_text(text, Path("study.yaml"))
    except ConfigError as error:
        return list(error.mistakes)
    return []


def followed(text: str, mistake: Mistake) -> str:
    """The study file with what the message says in place of what is marked."""
    advice = ADVICE.search(mistake.message)
    assert advice is not None
    assert mistake.span is not None
    lines = text.split("\n")
    line, begin = lines[mistake.span.line - 1], mistake.span.column - 1
    lines[mistake.span.line - 1] = line[:begin] + advice[1] + line[begin + mistake.span.length :]
    return "\n".join(lines)


@pytest.mark.parametrize("mistake", [*mistakes.VALUES, *mistakes.NAMED], ids=lambda mistake: mistake.what)
def test_what_a_message_says_to_write_is_taken(mistake: mistakes.Mistake) -> None:
    text = mistake.study or ""
    for found in wrong(text):
        said = ADVICE.search(found.message)
        if said and found.span and found.span.column and "..." not in said[1] and " or " not in said[1]:
            left = [other.message.partition(": ")[0] for other in wrong(followed(text, found))]
            assert found.message.partition(": ")[0] not in left, followed(text, found)


@pytest.mark.parametrize("name", NAMES)
def test_a_field_of_a_trial_at_the_top_is_told_where_it_belongs(tmp_path: Path, name: str) -> None:
    told = complaint(tmp_path, f"{MINIMAL}{name}: 1\n")
    assert told == f"study.yaml:3: {name}: no such field here; {name} belongs under trial"


@pytest.mark.parametrize("other", elsewhere.ALSO_CALLED)
def test_a_name_of_another_program_leads_to_a_field_that_there_is(tmp_path: Path, other: str) -> None:
    *section, name = elsewhere.ALSO_CALLED[other].split(".")
    known = elsewhere._sections()[tuple(section)]
    assert any(name in fields_of(model) for model in known)
    told = complaint(tmp_path, f"{MINIMAL}{other}: 1\n")
    assert f"{other}: no such field" in told


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("trial: {batch-size: 8}", "trial.batch-size: no such field; did you mean batch_size?"),
        ("trial: {Units: 8}", "trial.Units: no such field; did you mean units?"),
        ("trial: {reset_policy: Never}", "trial.reset_policy: should be every_batch"),
        ("enqueue: [{lr: 0.1}]", "enqueue[0].lr: no such field; here it is called learning_rate"),
        ("enqueue: [{trials: 3}]", "enqueue[0].trials: no such field here; trials belongs under budget"),
        ("space: {trials: [3]}", "space.trials: no field of a trial, which alone are searched; trials belongs under"),
        ("budget: {timeout: 3}", "budget.timeout: no such field; here it is called time"),
        ("workers: {n_jobs: 3}", "workers.n_jobs: no such field; here it is called count"),
        ("data: {kind: table}", "data: is given twice"),
        ("compare: {trials: 3}", "compare.trials: no such field here; trials belongs under budget"),
        ("space: {units: {low: 1, max: 3}}", "space.units.max: no such field; here it is called high"),
        ("trial: {units: '8', learning_rate: 0,1}", "the name of a field should be text, not 1; write numbers without"),
        ("trial: {clip_norm: none}", "trial.clip_norm: should be a number or null, not 'none'; write null"),
        ("compare: false", "compare: should be a mapping or null, not false; write null"),
        (
            "trial: {stateful: 'true'}",
            "trial.stateful: should be true or false, not 'true'; leave the quotes out: true",
        ),
    ],
)
def test_what_people_write_elsewhere_is_understood(tmp_path: Path, text: str, message: str) -> None:
    assert message in complaint(tmp_path, f"{MINIMAL}{text}\n")
