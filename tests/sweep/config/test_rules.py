"""What a search may ask: values that a trial can have, and fields that apply to some trial."""

from pathlib import Path

import pytest

from sweep.config.study_file import load
from tests.sweep.config.study_files import MINIMAL, complaint
from workers.spec import APPLIES

CARRYING = f"applies to no trial of this study; it applies only to {APPLIES['shuffle'].trials}"
SPACE = [
    ("unist: [1]", "unist: no such field; did you mean units?"),
    ("units: 64", "units: should be a list of choices or a range {low, high}; a single value belongs in trial"),
    ("units: []", "units: needs at least one choice"),
    ("units: [8, 8]", "units[1]: 8 is given twice; leave one out"),
    ("dropout: [0, 0.0]", "dropout[1]: 0.0 is given twice; leave one out"),
    ("stateful: [true, 1]", "stateful[1]: should be true or false, not 1; write true"),
    ("units: [8, 16.0]", "units[1]: should be a whole number, not 16.0; write 16"),
    ("units: {low: 0, high: 8}", "units.low: should be at least 1, not 0"),
    ("dropout: {low: 0, high: 1}", "dropout.high: should be below 1.0, not 1.0"),
    ("units: {low: 1.5, high: 8}", "units.low: should be a whole number, not 1.5"),
    ("units: {low: a, high: 8}", "units.low: should be a number, not 'a'"),
    ("units: {low: 8}", "units.high: is required"),
    ("units: {low: 8, high: 8}", "units.low: should be below high, 8, not 8"),
    ("dropout: {low: 0, high: 0.5, log: true}", "dropout.low: should be above 0 where log is true, not 0.0"),
    ("units: {low: 1, high: 9, log: true, step: 2}", "units.step: cannot be combined with log: true"),
    ("units: {low: 1, high: 9, step: 0.5}", "units.step: should be a whole number above 0, not 0.5"),
    ("dropout: {low: 0, high: 0.5, step: 0}", "dropout.step: should be a number above 0, not 0.0"),
    ("dropout: {low: 0, high: 0.5, step: 0.2}", "dropout.high: should be whole steps of 0.2 away from low, as 0.4 is"),
    ("dropout: {low: 0, high: 0.5, step: 1e-9}", "dropout.step: makes more than 10,000 values; leave it out"),
    ("cell: {low: 1, high: 2}", "cell: is not a number; give a list of choices"),
]


@pytest.mark.parametrize(("entry", "message"), SPACE)
def test_the_space_asks_only_what_a_trial_can_be(tmp_path: Path, entry: str, message: str) -> None:
    assert complaint(tmp_path, f"{MINIMAL}space:\n  {entry}") == f"study.yaml:4: space.{message}"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("trial: {stateful: true, shuffle: true}", f"trial.shuffle: {CARRYING}"),
        ("trial: {stateful: false, reset_policy: never}", "trial.reset_policy: applies to no trial"),
        ("trial: {reset_interval: 3}", "trial.reset_interval: applies to no trial"),
        ("space: {shuffle: [true, false]}", f"space.shuffle: {CARRYING}"),
        ("space: {reset_interval: [2, 3]}", "space.reset_interval: applies to no trial"),
        ("enqueue: [{stateful: false, reset_policy: never}]", "enqueue[0].reset_policy: does not apply to this trial"),
        ("enqueue: [{shuffle: true}]", "enqueue[0].shuffle: does not apply to this trial"),
        ("trial: {bidirectional: true}", "a layer that reads backwards would need the future"),
        ("space: {bidirectional: [true, false]}", "space.bidirectional: applies to no trial of this study"),
        ("enqueue: [{bidirectional: true}]", "enqueue[0].bidirectional: does not apply to this trial"),
        ("trial: {stateful: false, bidirectional: true, burn_in: 2}", "to stateless trials (stateful: false) that"),
        (
            "objective: {metric: validation/loss_carried}\nspace: {stateful: [true, false], bidirectional: [true]}",
            "trials with bidirectional: true can carry none; take validation/loss",
        ),
        ("trial: {cell: MinGRU, recurrent_dropout: 0.2}", "only to trials with cell: SimpleRNN or LSTM or GRU"),
        ("trial: {reset_after: false}", "it applies only to trials with cell: GRU"),
        ("trial: {stateful: false, rotate_lanes: true}", "it applies only to trials that carry state"),
        ("sampler: grid\nspace: {dropout: {low: 0.1, high: 0.2}}", "space.dropout: sampler: grid cannot try"),
    ],
)  # fmt: skip
def test_what_can_never_apply_is_refused_with_the_reason(tmp_path: Path, text: str, message: str) -> None:
    assert message in complaint(tmp_path, MINIMAL + text)


@pytest.mark.parametrize(
    "text",
    [
        "trial: {stateful: true, shuffle: false, burn_in: 0}",
        "enqueue: [{stateful: true, shuffle: false, burn_in: 0}]",
        "trial: {shuffle: true}\nspace: {stateful: [true, false]}",
        "trial: {reset_after: false}\nspace: {cell: [LSTM, GRU]}",
        "trial: {stateful: false, rotate_lanes: false, window_jitter: 0.0, carry_start: 0.0}",
        "trial: {shuffle: true}\nenqueue: [{stateful: false}]",
        "trial: {min_delta: 0.0}",
        "trial: {min_delta: 0.1}\nspace: {patience: [null, 3]}",
        "trial: {min_delta: 0.1}\nspace: {patience: {low: 2, high: 40, log: true}}",
        "trial: {units: 8}\nspace: {units: [16, 32]}\nenqueue: [{units: 64}]",
        "space: {reset_policy: [never, every_n_batches], reset_interval: [2, 3]}",
        "sampler: grid\nspace: {dropout: {low: 0, high: 0.5, step: 0.1}, units: {low: 1, high: 9}}",
    ],
)
def test_what_applies_to_some_trial_may_be_asked(tmp_path: Path, text: str) -> None:
    (tmp_path / "study.yaml").write_text(MINIMAL + text)
    assert load(tmp_path / "study.yaml").config.name == "study"


@pytest.mark.parametrize(
    ("text", "field", "burn_in", "window"),
    [
        ("trial: {stateful: false, burn_in: 12}", "trial.burn_in", 12, "12 (trial.window)"),
        ("trial: {stateful: false}\nspace: {burn_in: [0, 8], window: [4, 9]}", "space.burn_in", 8, "4 (space.window)"),
        (
            "trial: {burn_in: 9}\nspace: {stateful: [false], window: {low: 8, high: 9}}",
            "trial.burn_in",
            9,
            "8 (space.window)",
        ),
        ("enqueue: [{stateful: false, burn_in: 3, window: 3}]", "enqueue[0].burn_in", 3, "3"),
        ("trial: {burn_in: 3}\nenqueue: [{stateful: false, window: 2}]", "enqueue[0].window", 3, "2"),
    ],
)
def test_a_burn_in_leaves_something_to_score_in_every_window(
    tmp_path: Path, text: str, field: str, burn_in: int, window: str
) -> None:
    message = f"{field}: a burn_in of {burn_in} leaves nothing to score in a window of {window}; it should be shorter"
    assert complaint(tmp_path, MINIMAL + text).endswith(message)


def test_names_of_what_is_enqueued_are_its_own(tmp_path: Path) -> None:
    text = "enqueue:\n  - {name: a, units: 1}\n  - {name: b}\n  - {name: a}"
    assert (
        complaint(tmp_path, MINIMAL + text)
        == "study.yaml:6: enqueue[2].name: 'a' is the name of enqueue[0] too; give another"
    )
