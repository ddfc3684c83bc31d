"""What is wrong with a study file is told field by field: which line, what, and what instead."""

from pathlib import Path

import pytest
import ruamel.yaml

from sweep.config.study_file import load
from sweep.core.errors import ConfigError
from tests.sweep.config.study_files import MINIMAL, complaint


def refused(content: bytes | str, folder: Path) -> str:
    path = folder / "study.yaml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(ConfigError) as error:
        load(path)
    return str(error.value).replace(f"{folder}/", "")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "study.yaml: is empty; `sweep init` writes a first study of a table"),
        (b"# nothing\n", "study.yaml: is empty; `sweep init` writes a first study of a table"),
        (b"- name\n", "study.yaml:1: should be a mapping of fields, such as name: my-study, not [\"name\"]"),
        (b"name: x\n\xff\xfe", "study.yaml:2: is not UTF-8 from here on; save the file as UTF-8"),
        (b"#" * 1_000_001, "study.yaml: a study file has at most 1,000,000 bytes; give data by their path"),
        (b"name: x\n\tseed: 1", "study.yaml:2: a tab stands here, which YAML does not take; use spaces"),
        (b"name: x\ntrial: {units: 3", "study.yaml:2: this { is not closed by }, or a comma is missing behind it"),
        (b"a: 1\nb: 1: 2", "study.yaml:2: a second colon in one line; put the text in quotes where it belongs"),
        (b"name: x\n---\nname: y", "study.yaml:2: a second document begins here, and a study file is one"),
        (b"%YAML 1.1\n---\nname: x", "study.yaml:1: a study file is YAML 1.2; leave this line out"),
        (b"name: x\nseed: \x01", "study.yaml:2: holds the control character U+0001; delete it"),
        (b"name: *other", "study.yaml:1: a text that begins with * has to be in quotes; without quotes it"),
        (b'name: "\\UFFFFFFFF"', "study.yaml: is not YAML; a number, or a sign such as \"\\U0001F600\", is too large"),
        (b"a: " + b"[" * 1_000, "study.yaml:1: is nested too deeply; at most 50 levels"),
        (b"a: &a [*a]", "study.yaml:1: holds an alias of itself; write out what is meant"),
    ],
)  # fmt: skip
def test_what_is_no_mapping_in_yaml_1_2_is_refused(tmp_path: Path, content: bytes, message: str) -> None:
    assert refused(content, tmp_path).startswith(message)


def test_aliases_of_aliases_that_would_fill_the_memory_are_refused(tmp_path: Path) -> None:
    bomb = "a0: &a0 [x, x]\n" + "".join(f"a{i + 1}: &a{i + 1} [*a{i}, *a{i}]\n" for i in range(40))
    assert "holds more than 10,000 values, its aliases filled in" in refused(bomb, tmp_path)


@pytest.mark.parametrize("value", ["1", "[]", "k: 1"])
def test_what_is_too_large_is_read_no_further_than_it_may_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setattr(ruamel.yaml.YAML, "compose", None)
    document = f"name: x\nspace: [{', '.join([value] * 50_000)}]"
    assert refused(document, tmp_path) == "study.yaml:2: holds more than 10,000 values, its aliases filled in"


@pytest.mark.parametrize("number", [f"0x{'f' * 4_000}", "9" * 4_000, f"-0o{'7' * 4_000}"])
def test_a_number_of_thousands_of_digits_is_refused(tmp_path: Path, number: str) -> None:
    said = refused(f"name: x\ndata: {{kind: task, name: random_labels}}\nseed: {number}", tmp_path)
    assert said == f"study.yaml:3: seed: {number[:10]}... is too large a number"


@pytest.mark.parametrize(
    ("path", "message"), [(".", "is a folder; name the study file in it"), ("no", "there is no such file")]
)
def test_a_path_without_a_file_is_refused(tmp_path: Path, path: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        load(tmp_path / path)


# each begins on line 3, after `name` and `data`
YAML = [
    ("seed: 1\nseed: 2", ":4: seed: is given twice, first on line 3; leave one out"),
    ("trial: {units: 1, units: 2}", ":3: trial.units: is given twice, first on line 3; leave one out"),
    (
        "seed: !!python/object:os.system x",
        ":3: seed: the tag !!python/object:os.system is not allowed, as only plain YAML is read; leave it out",
    ),
    ("trial: !!set {units}", ":3: trial: the tag !!set is not allowed, as only plain YAML is read; leave it out"),
    ("seed: !!int x", ":3: seed: 'x' cannot be read as int"),
    ("<<: {seed: 1}", ":3: the merge key << is not part of YAML 1.2; write the fields out"),
    ("1: 2", ":3: the name of a field should be text, not 1; put it in quotes, or leave it out"),
    ("? [a]\n: 2", ":3: the name of a field should be text, not a list or mapping; put it in quotes, or leave it out"),
    ('tracking: "\\0"', ":3: tracking: holds a character that text cannot hold; leave it out"),
]
FORM = [
    ("sead: 1", ":3: sead: no such field; did you mean seed?"),
    ("workers: {processes: 1}",
     ":3: workers.processes: no such field; there is count, cpus, gpus, cpu_workers, timeout"),
    ("trial:\n  reset_polcy: never", ":4: trial.reset_polcy: no such field; did you mean reset_policy?"),
    ("objective: {metrics: x}",
     ":3: objective.metrics: no such field here; did you mean metric? Else metrics belongs under data"),
    ("objective: best", ":3: objective: should be a mapping, not 'best'; write {at: best}"),
    ("objective: {at: worst}", ":3: objective.at: should be best or last, not 'worst'"),
    ("budget: {trials: '32'}", ":3: budget.trials: should be a whole number, not '32'; leave the quotes out: 32"),
    ("budget: {trials: 0}", ":3: budget.trials: should be at least 1, not 0"),
    ("budget: {time: 20}",
     ":3: budget.time: should be a duration such as 90s, 20m or 1h30m, not 20; write 20s, 20m or 20h"),
    ("seed: null", ":3: seed: should be a whole number, not null"),
    ("sampler: tpx", ":3: sampler: there is no 'tpx'; did you mean tpe?"),
    ("sampler: {kind: [1]}", ":3: sampler.kind: there is no [1]; there is gp, grid, random, tpe"),
    ("sampler: {n_startup_trials: 3}", ":3: sampler.kind: is required; there is gp, grid, random, tpe"),
    ("sampler: {kind: tpe, tpe: 3}",
     ":3: sampler.tpe: no such field; there is kind, n_startup_trials, n_ei_candidates, constant_liar"),
    ("space: {low: {low: 1}}", ":3: space.low.high: is required"),
    ("space: {units: {low: 1, high: x}}", ":3: space.units.high: should be a number, not 'x'"),
    ("compare: {intervals: [2, 1]}", ":3: compare.intervals[1]: should be at least 2, not 1"),
    ("objective: {metric: 3}", ":3: objective.metric: should be text, not 3; put it in quotes"),
    ("trial: {dropout: 1" + "0" * 400 + "}", ":3: trial.dropout: should be a finite number, not 1" + "0" * 56 + "..."),
    ("pruner: {kind: median, n_startup: 3}", ":3: pruner.n_startup: no such field; did you mean n_startup_trials?"),
    ("pruner: percentile", ":3: pruner.percentile: is required: per cent of the trials that go on"),
    ("pruner: {kind: hyperband, min_resource: 9, max_resource: 3}",
     ":3: pruner: max_resource should not be below min_resource"),
    ("workers: {count: 0}", ":3: workers.count: should be auto or at least 1, not 0"),
    ("workers: {count: aut}", ":3: workers.count: should be auto or a whole number, not 'aut'; did you mean auto?"),
    ("budget: {time: soon}",
     ":3: budget.time: 'soon' is not a duration; write a number and a unit, such as 90s, 15min, 2h or 1D"),
    ("workers: {gpus: 1.5}", ":3: workers.gpus: should be a part of one GPU or a whole number of them"),
    ("workers: {cpu_workers: true}",
     ":3: workers.cpu_workers: is for workers.gpus above 0; without, no worker has a GPU"),
    ("storage: sweep.db", ":3: storage: should be a database's URL, here sqlite:///sweep.db"),
    ("trial: {stateful: yes}", ":3: trial.stateful: should be true or false, not 'yes'; write true"),
    ("trial: {units: 32.0}", ":3: trial.units: should be a whole number, not 32.0; write 32"),
    (
        "trial: {cell: LSTN}",
        ":3: trial.cell: should be SimpleRNN, LSTM, GRU, LayerNormLSTM, MinGRU, SLSTM, MinLSTM, IndRNN or LRU, not \
'LSTN'; did you mean LSTM?",
    ),
    ("trial: {dropout: 1}", ":3: trial.dropout: should be below 1.0, not 1"),
    ("trial: {learning_rate: .inf}", ":3: trial.learning_rate: should be a finite number, not .inf"),
    ("trial: {clip_norm: none}", ":3: trial.clip_norm: should be a number or null, not 'none'; write null"),
    ("trial: [units]", ":3: trial: should be a mapping, not [\"units\"]"),
    ("enqueue: {units: 3}", ":3: enqueue: should be a list, not {\"units\": 3}; write [{\"units\": 3}]"),
    ("enqueue: [3]", ":3: enqueue[0]: should be a mapping, not 3"),
    ("compare: yes", ":3: compare: should be a mapping or null, not 'yes'"),
    ("compare: {margin: 1}",
     ":3: compare.margin: is relative without units, so it should be at least 0 and below 1, not 1; 1 % is 0.01"),
    ("compare:\n  margin: -0.1",
     ":4: compare.margin: is relative without units, so it should be at least 0 and below 1, not -0.1"),
    ("compare: {margin: '0.5'}",
     ":3: compare.margin: should be a number, or a number with units such as 0.5 mg/dL, not '0.5'"),
    ("compare: {margin: mg/dL}",
     ":3: compare.margin: should be a number, or a number with units such as 0.5 mg/dL, not 'mg/dL'"),
    ("compare: {margin: true}",
     ":3: compare.margin: should be a number, or a number with units such as 0.5 mg/dL, not true"),
    ("compare: {margin: null}",
     ":3: compare.margin: should be a number, or a number with units such as 0.5 mg/dL, not null"),
    ("compare: {margin: 0.5 mg/dL}",
     ":3: compare.margin: is in mg/dL, and the targets' units are not known; data.units of a table says them"),
    ("compare: {cross: 1}", ":3: compare.cross: should be true or false, not 1; write true"),
    ("compare: {placebo: twin}", ":3: compare.placebo: should be true or false, not 'twin'"),
    ("compare: {stop_when_decided: 1}", ":3: compare.stop_when_decided: should be true or false, not 1; write true"),
    ("compare: {stop_when_decided: true, cross: false}",
     ":3: compare.stop_when_decided: needs cross: true; uncrossed, the runs that decide choose the reference too"),
    ("compare: {stop_when_decided: true, placebo: true}",
     ":3: compare.stop_when_decided: does not go with placebo, which needs every seed; leave one of both out"),
    ("compare: {intervals: [2], stop_when_decided: true}",
     ":3: compare.stop_when_decided: does not go with intervals, which needs every seed; leave one of both out"),
    ("compare: {time: 30}",
     ":3: compare.time: should be a duration such as 90s, 20m or 1h30m, not 30; write 30s, 30m or 30h"),
    ("deploy: {arm: best-valid}", ":3: deploy.arm: there is no arm 'best-valid'; did you mean best-validation?"),
    ("deploy: {arm: every_ephoc}", ":3: deploy.arm: there is no arm 'every_ephoc'; did you mean every_epoch?"),
    ("deploy: {refit: all}", ":3: deploy.refit: should be true or false, not 'all'"),
    ("deploy: never", ":3: deploy: should be a mapping, not 'never'; write {arm: never}"),
    ("baselines: [persistance]", ":3: baselines: there is no baseline 'persistance'; did you mean persistence?"),
    ("baselines: boosting", ":3: baselines: should be a list, not 'boosting'; write [boosting]"),
    ("compare: {seeds: 1}", ":3: compare.seeds: should be at least 2, not 1"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "message"), YAML + FORM)
def test_a_mistake_is_told_once_with_its_line_and_what_should_be_there(tmp_path: Path, text: str, message: str) -> None:
    assert complaint(tmp_path, MINIMAL + text) == f"study.yaml{message}"


def test_a_name_that_files_cannot_have_is_refused(tmp_path: Path) -> None:
    assert complaint(tmp_path, MINIMAL.replace("study", "../study")).startswith(
        "study.yaml:1: name: should be made of letters"
    )


def test_a_password_in_what_should_be_a_database_is_not_repeated(tmp_path: Path) -> None:
    assert "secret" not in complaint(tmp_path, MINIMAL + "storage: 'postgresql:/me:secret@host'")


def test_a_kind_of_data_is_refused_by_its_own_fields(tmp_path: Path) -> None:
    assert complaint(tmp_path, "name: x\ndata:\n  kind: task\n  name: lag_copy\n  lag: 0\n  lags: 1").splitlines() == [
        "study.yaml:5: data.lag: should be at least 1, not 0",
        "study.yaml:6: data.lags: no such field; did you mean lag?",
    ]


def test_a_list_with_a_wrong_item_is_not_called_too_short_as_well(tmp_path: Path) -> None:
    data = "data: {kind: table, path: x.csv, inputs: [3], targets: []}"
    assert complaint(tmp_path, f"name: x\n{data}").splitlines() == [
        "study.yaml:2: data.inputs[0]: should be text, not 3; put it in quotes",
        "study.yaml:2: data.targets: should be a list of at least 1, not []",
    ]


TABLE = "name: x\ndata:\n  kind: table\n  path: x.csv\n  targets: [y]\n"


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ("resample: 5min\n  inputs: [x]",
         ":6: data.resample: needs to know when each row was: name the column in time"),
        ("inputs: [x]\n  time: t\n  resampel: 5min", ":8: data.resampel: no such field; did you mean resample?"),
        ("inputs: [x]\n  time: t\n  resample: 5min\n  horizon: 12min",
         ":9: data.horizon: 12min is no whole number of intervals of 5min, see resample; say 10min"),
        ("inputs: [x]\n  time: t\n  resample: 1h\n  max_gap: 5min",
         ":9: data.max_gap: 5min is shorter than the intervals of resample, 1h; at least 1h"),
        ("inputs: [x, {step: s}]", ":6: data.inputs: a step needs to know when each row was: name the column in time"),
        ("time: t\n  inputs: [x, {stepp: s}]", ":7: data.inputs[1].stepp: no such field; did you mean step?"),
        ("time: t\n  inputs: [x, {calendar: [hour, minute]}]",
     ":7: data.inputs[1].calendar[1]: should be hour, weekday or month, not 'minute'"),
    ("time: t\n  inputs: [x, {calendar: hour}]",
     ":7: data.inputs[1].calendar: should be a list, not 'hour'; write [hour]"),
    ("time: t\n  inputs: [x, {step: sec}]", ":7: data.inputs[1].step: should be s, min, h or d, not 'sec'"),
        ("time: t\n  inputs: [x, {}]", ":7: data.inputs[1].step: is required"),
    ],
)  # fmt: skip
def test_a_table_that_is_sampled_in_a_way_that_makes_no_sense_is_refused(
    tmp_path: Path, fields: str, message: str
) -> None:
    assert f"study.yaml{message}" in complaint(tmp_path, f"{TABLE}  {fields}").splitlines()


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ("", ":1: data: is required"),
        ("data: {path: x.csv}", ":2: data.kind: is required; there is"),
        ("data: {kind: tabel}", ":2: data.kind: there is no 'tabel'; did you mean table?"),
        ("data: {kind: task}", ":2: data.name: is required; there is"),
        ("data: x.csv", ":2: data: should be a mapping, not 'x.csv'"),
    ],
)
def test_what_the_data_are_must_be_said(tmp_path: Path, data: str, message: str) -> None:
    assert complaint(tmp_path, f"name: x\n{data}").startswith(f"study.yaml{message}")


def test_all_mistakes_are_told_together_in_the_order_of_the_file(tmp_path: Path) -> None:
    text = "seed: -1\nspace: {units: [0], shuffle: [true]}\ntrial: {layers: 0}\nseed: 3\nenqueue: [{unit: 1}]\nfoo: 1"
    assert [line.split(": ")[:2] for line in complaint(tmp_path, MINIMAL + text).splitlines()] == [
        ["study.yaml:3", "seed"],
        ["study.yaml:4", "space.units[0]"],
        ["study.yaml:4", "space.shuffle"],
        ["study.yaml:5", "trial.layers"],
        ["study.yaml:6", "seed"],
        ["study.yaml:7", "enqueue[0].unit"],
        ["study.yaml:8", "foo"],
    ]


def test_nothing_is_concluded_from_a_field_that_is_wrong_itself(tmp_path: Path) -> None:
    text = "trial: {stateful: nope, shuffle: true}"
    assert complaint(tmp_path, MINIMAL + text) == "study.yaml:3: trial.stateful: should be true or false, not 'nope'"
