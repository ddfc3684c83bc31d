"""Models of the user's own are tried before a study runs, and are fields of trials like cells."""

from pathlib import Path

import optuna
import pytest

from sweep.config.own_code import MODEL, arguments, own_code, own_models
from sweep.config.space import Space
from sweep.core.errors import ConfigError
from sweep.launch.data import load_study
from tests.sweep.config.study_files import MINIMAL, complaint, study
from tests.workers.own_cells import KEEPER
from tests.workers.own_models import CODE, LSTM, MIXED
from tests.workers.worlds import sequences

STUDY = f"""\
name: own
data: {{kind: task, name: lag_copy, lag: 3, length: 400, seed: 0}}
space:
  model:
    - null
    - '{LSTM}'
    - my_models:absent
enqueue:
  - {{model: my_other:build, model_units: 3}}
"""
OTHER = """
import keras

def build(n_features, n_outputs, units=2):
    x = keras.Input((None, n_features))
    hidden = keras.layers.Bidirectional(keras.layers.GRU(units, return_sequences=True), name="both")(x)
    return keras.Model(x, keras.layers.Dense(n_outputs)(hidden))
"""


def written(folder: Path, text: str, **modules: str) -> str:
    for name, module in (dict(CODE) | {f"{name}.py": each for name, each in modules.items()}).items():
        (folder / name).write_text(module)
    (folder / "study.yaml").write_text(text)
    return str(folder / "study.yaml")


@pytest.mark.lengthy
def test_each_model_that_cannot_go_on_is_one_message_at_its_line(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as refused:
        load_study(written(tmp_path, STUDY, my_other=OTHER), (), "text")
    missing, both = str(refused.value).replace(f"{tmp_path}/", "").splitlines()
    assert missing.startswith("study.yaml:7: space.model[2]: my_models has no function absent; ")
    assert both.startswith("study.yaml:9: enqueue[0].model: my_other:build: its layer both (Bidirectional) reads a ")


def test_models_are_found_wherever_trials_can_have_them(tmp_path: Path) -> None:
    config = study(tmp_path, STUDY).config
    found = {"my_other:build": "enqueue.0.model", "my_models:absent": "space.model.2", LSTM: "space.model.1"}
    assert own_models(config) == found
    assert own_code(config) == found
    both = study(tmp_path, MINIMAL, f"trial.cell={KEEPER}").config
    assert own_code(both) == {KEEPER: "trial.cell"}
    assert own_models(study(tmp_path, MINIMAL, f"trial.model={MIXED}").config) == {MIXED: "trial.model"}


SEARCHED = f"""\
{MINIMAL}trial: {{model_residual: false}}
space:
  model: [null, '{MIXED}']
  cell: [LSTM, GRU]
  units: [4, 8]
  model_units: [3, 5]
sampler: random
enqueue:
  - {{model: '{MIXED}', model_units: 4, model_dropout: 0.5}}
"""


def test_a_trial_has_layers_of_ours_or_a_model_and_the_fields_of_that_alone(tmp_path: Path) -> None:
    config = study(tmp_path, SEARCHED).config
    space = Space(config.trial, config.space)
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    asked = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=0))
    specs = [space.suggest(asked.ask()) for _ in range(16)]
    for spec in specs:
        ours, own = {"cell", "units", "layers", "dropout"}, {"model", "model_units", "model_residual"}
        assert spec.parameters.keys() & (ours | own) == (own if spec.model else ours)
        assert spec.network == (spec.model or spec.cell)
    assert {spec.network for spec in specs} == {MIXED, "LSTM", "GRU"}
    tried = [{"residual": False, "units": 3}, {"residual": False, "units": 5}]
    assert arguments(config, MODEL) == [*tried, {"residual": False, "units": 4, "dropout": 0.5}]


def test_what_is_one_trial_is_counted_once(tmp_path: Path) -> None:
    config = study(tmp_path, SEARCHED).config
    assert Space(config.trial, config.space).distinct(sequences(40)) == 2 * 2 + 2


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (
            "trial: {model_units: 4}",
            "trial.model_units: applies to no trial of this study; it applies only to trials wi",
        ),
        ("trial: {model: build}", "trial.model: 'build' is no function of a module, such as my_models:build"),
        ("trial: {model: 3}", "trial.model: should be text or null, not 3"),
        (
            f"trial: {{model: '{MIXED}', units: 4}}",
            "trial.units: applies to no trial of this study; it applies only to",
        ),
        (
            f"trial: {{model: '{MIXED}'}}\nspace: {{cell: [GRU]}}",
            "space.cell: applies to no trial of this study; it app",
        ),
        (
            f"trial: {{model: '{MIXED}', stateful: false, bidirectional: true}}",
            "trial.bidirectional: applies to no tri",
        ),
    ],
    ids=lambda given: given[:40],
)
def test_a_field_that_no_trial_has_is_refused(tmp_path: Path, given: str, said: str) -> None:
    assert said in complaint(tmp_path, f"{MINIMAL}{given}\n")
