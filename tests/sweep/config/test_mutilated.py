"""Whatever a study file holds, it loads or is refused; nothing else comes of it."""

from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sweep.core.errors import ConfigError
from sweep.core.told import Look, told
from tests.sweep.config.study_files import FULL, study

OF_THE_PARSER = ("<block", "<stream", "<scalar", "simple key", "node content", "token")
VALUES = st.sampled_from([
    "3", "-1", "0", "1e400", ".nan", ".inf", "'3'", "true", "null", "none", "[]", "[1, 1]", "{}", "{low: 1, high: 2}",
    "{kind: tpe}", "{kind: 3}", "{kind: [1]}", "{low: 0, high: 1, step: 0.3}", "[true, 1]", "!x 3", "*trial",
    "&trial 3", "20m", "'\\x00'", '"\\ud800"', "9" * 30, "{1: 2}", "[[]]", "{name: x}", "\t", ": :", "ü",
])  # fmt: skip


@st.composite
def mutilated(draw: st.DrawFn) -> str:
    """A study file of which some lines are gone, doubled, moved, or say something else."""
    lines = FULL.splitlines()
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(lines) - 1))
        line = lines.pop(at)
        other = f"{line.split(':')[0]}: {draw(VALUES)}"
        moved = " " * draw(st.integers(0, 4)) + line.strip()
        lines[at:at] = draw(st.sampled_from([[], [line, line], [other], [moved]]))
        lines = lines or [line]
    return "\n".join(lines)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(text=mutilated())
def test_a_mutilated_study_file_loads_or_is_refused_in_plain_words(tmp_path: Path, text: str) -> None:
    said = ""
    try:
        assert study(tmp_path, text).config.name
    except ConfigError as error:
        said = str(error)
        shown = told(error, Look(80, terminal=True)).splitlines()
        assert all(len(line) <= 80 for line in shown if str(tmp_path) not in line)
    assert all(line.startswith(f"{tmp_path}/study.yaml:") for line in said.splitlines())
    assert not any(
        jargon in said for jargon in ("Input", "Value error", "pydantic", "[choices]", "[range]", *OF_THE_PARSER)
    )
