"""The trial's fields: their order, defaults and digests stay, since ledgers and studies that go on depend on them."""

import hashlib
import json

import pytest
from pydantic import ValidationError

from sweep.config.space import key
from tests.workers.worlds import sequences
from workers.plans.equivalence import canonical
from workers.spec import APPLIES, DECIDING, NEUTRAL, TrialSpec, shortened

ORDER = [  # in which a sampler is asked, and in which parameters stand
    "cell", "reset_after", "units", "layers", "stateful", "reset_policy", "reset_interval", "reset_probability",
    "carry_start", "state_decay", "batch_size", "window", "burn_in", "shuffle", "rotate_lanes", "window_jitter",
    "epochs", "optimizer", "learning_rate", "clip_norm", "dropout",
]  # fmt: skip
LATER = [
    "patience", "min_delta", "weight_decay", "momentum", "nesterov", "learning_rate_schedule", "warmup_epochs",
    "decay_epochs", "decay_rate", "decay_floor", "class_weight", "recurrent_dropout", "bidirectional", "model",
]  # fmt: skip
# after the first version
CARRYING = {
    "reset_interval": 3, "reset_probability": 0.2, "carry_start": 0.8, "state_decay": 0.7, "rotate_lanes": True,
    "window_jitter": 0.25,
}  # fmt: skip
KEYS = [
    ({}, "ec0acd2894b048c3"),
    ({"stateful": False}, "f553034f7170ee3f"),
    ({"stateful": False, "burn_in": 3, "shuffle": True}, "57539d319279e0e9"),
    ({"cell": "GRU", "reset_after": False}, "4db416174ae40f58"),
    ({"reset_policy": "every_batch", **CARRYING}, "47253a8d15553844"),
    ({"reset_policy": "every_n_batches", **CARRYING}, "2793fae73f92c7f3"),
    ({"reset_policy": "every_sequence", **CARRYING}, "902a2b410ddf1474"),
    ({"reset_policy": "every_epoch", **CARRYING}, "9895575f3c3f44f8"),
    ({"reset_policy": "never", **CARRYING}, "7efd8473e6ba6e37"),
    ({"reset_policy": "random", **CARRYING}, "b7f0e2f64914d17a"),
    ({"reset_policy": "decay", **CARRYING}, "f251899cc887123d"),
]


def test_the_fields_stand_in_the_order_of_the_first_version() -> None:
    assert [name for name in TrialSpec.model_fields if name in ORDER] == ORDER
    assert set(TrialSpec.model_fields) == {*ORDER, *LATER}
    assert list(TrialSpec().parameters) == [name for name in ORDER if name in TrialSpec().parameters]


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"patience": 3},
        {"patience": 3, "min_delta": 0.1},
        {"weight_decay": 0.0},
        {"optimizer": "sgd", "momentum": 0.9, "nesterov": True},
        {"learning_rate_schedule": "step", "decay_rate": 0.5},
        {"warmup_epochs": 2.0},
        {"class_weight": "balanced"},
        {"recurrent_dropout": 0.2},
        {"stateful": False, "bidirectional": True},
    ],
)
def test_of_a_later_field_nothing_is_said_at_its_default(fields: dict[str, object]) -> None:
    """So that keys, records and models of a trial without it are those of before it."""
    spec = TrialSpec.model_validate(fields)
    given = [name for name in LATER if fields.get(name) is not None]
    assert [name for name in spec.said if name in LATER] == given
    assert [name for name in spec.said if name in ORDER] == ORDER
    assert [name for name in spec.parameters if name in LATER] == given
    assert TrialSpec(**spec.said) == spec


@pytest.mark.parametrize(("fields", "digits"), KEYS)
def test_keys_are_those_of_the_first_version(fields: dict[str, object], digits: str) -> None:
    assert key(TrialSpec.model_validate(fields)) == digits


def test_defaults_bounds_and_choices_are_those_of_the_first_version() -> None:
    given = TrialSpec.model_json_schema()
    first = {name: each for name, each in given["properties"].items() if name in ORDER}
    first["optimizer"]["enum"] = first["optimizer"]["enum"][:3]  # the others came later
    names, _ = first["cell"].pop("anyOf")  # the user's own came later
    names["enum"] = names["enum"][:5]  # and so did these
    first["cell"] = dict(sorted((first["cell"] | names).items()))
    schema = json.dumps({**given, "properties": first, "description": "", "additionalProperties": False})
    assert hashlib.sha256(schema.encode()).hexdigest()[:16] == "3cb1c7e9d273e891"


@pytest.mark.parametrize("value", ["nevr", 3, None, [1], True])
def test_another_policy_is_refused_as_before(value: object) -> None:
    expected = "'every_batch', 'every_n_batches', 'every_sequence', 'every_epoch', 'never', 'random' or 'decay'"
    with pytest.raises(ValidationError) as error:
        TrialSpec.model_validate({"reset_policy": value})
    [detail] = error.value.errors(include_url=False)
    assert (detail["type"], detail["loc"], detail["input"]) == ("literal_error", ("reset_policy",), value)
    assert detail["msg"] == f"Input should be {expected}"


@pytest.mark.parametrize(
    ("fields", "same"),
    [
        ({"optimizer": "adam", "weight_decay": 0.1}, {"optimizer": "adamw", "weight_decay": 0.1}),
        ({"optimizer": "adam", "weight_decay": 0.004}, {"optimizer": "adamw"}),
        ({"optimizer": "adamw", "weight_decay": 0.004}, {"optimizer": "adamw"}),
        ({"optimizer": "adamw", "weight_decay": 0.0}, {"optimizer": "adam"}),
        ({"optimizer": "adam", "weight_decay": 0.0}, {"optimizer": "adam"}),
        ({"optimizer": "nadam", "weight_decay": 0.0}, {"optimizer": "nadam"}),
        ({"optimizer": "nadam", "weight_decay": 0.1}, {"optimizer": "nadam", "weight_decay": 0.1}),
        ({"optimizer": "sgd", "nesterov": True}, {"optimizer": "sgd"}),
        ({"optimizer": "adam", "nesterov": True, "momentum": 0.5}, {"optimizer": "adam"}),
    ],
)
@pytest.mark.parametrize("stateful", [True, False])
def test_optimizers_that_compute_the_same_are_one(
    fields: dict[str, object], same: dict[str, object], stateful: bool
) -> None:
    form = canonical(TrialSpec.model_validate({"stateful": stateful, **fields}), sequences(400))
    assert form == canonical(TrialSpec.model_validate({"stateful": stateful, **same}), sequences(400))
    assert {name: form.said.get(name) for name in same} == same
    assert canonical(form, sequences(400)) == form


def test_a_trial_that_is_made_shorter_has_no_patience_and_treats_state_in_each_epoch_as_before() -> None:
    spec = TrialSpec(reset_policy="random", carry_start=0.5, epochs=10, patience=3, min_delta=0.1)
    assert shortened(spec, 8) == TrialSpec(reset_policy="random", carry_start=0.625, epochs=8)


def test_what_decides_whether_a_field_applies_always_applies_or_decides_alone() -> None:
    assert set(DECIDING) <= {*ORDER, *LATER}
    for name, condition in APPLIES.items():
        values = dict(TrialSpec())
        for other in {*ORDER, *LATER} - set(DECIDING):
            values.pop(other)
        assert condition.when(values) in (True, False), name


def test_a_field_that_asks_for_nothing_has_that_as_its_default() -> None:
    first = {"carry_start": 0.0, "burn_in": 0, "shuffle": False, "rotate_lanes": False, "window_jitter": 0.0}
    later = {"min_delta": 0.0, "momentum": 0.0, "nesterov": False, "decay_epochs": None, "decay_floor": 0.0}
    later |= {"recurrent_dropout": 0.0, "bidirectional": False}
    first |= {"dropout": 0.0}
    assert first | later == NEUTRAL
