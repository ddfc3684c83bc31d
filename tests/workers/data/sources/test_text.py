"""Text: what it becomes, what a model makes of it, and which files are refused."""

import gzip
import lzma
import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.workers.engine.training_helpers import losses, train
from workers.data.dataset import Dataset, prepare
from workers.data.sources.text import MAX_CHARACTERS, Text
from workers.data.splits import Split
from workers.data.timeline import Timeline
from workers.engine.checkpoint import Checkpoint
from workers.engine.evaluation import Evaluator
from workers.engine.training import Trainer
from workers.errors import DataError
from workers.forecasting import keras_models
from workers.forecasting.package import BATCH, STREAMING
from workers.objective import Objective
from workers.spec import TrialSpec, metric_names

ABC = "abc" * 200
RECIPE = {"units": 8, "batch_size": 4, "window": 5, "epochs": 3, "learning_rate": 0.03}


def loaded(folder: Path, content: str | bytes, name: str = "text.txt") -> Timeline:
    (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
    return Text(path=name).load(folder)


def refusal(folder: Path, content: str | bytes) -> str:
    with pytest.raises(DataError) as caught:
        loaded(folder, content)
    assert caught.value.field == "data.path"
    return caught.value.message.replace(f"{folder}/", "")


def characters(timeline: Timeline, numbers: np.ndarray) -> str:
    return "".join(timeline.alphabet[int(number)] for number in numbers)


@pytest.fixture(scope="module")
def cycle(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    """abcabc..., whose next character is certain."""
    return prepare(loaded(tmp_path_factory.mktemp("text"), ABC), Split())


@pytest.fixture(scope="module")
def trainer(cycle: Dataset) -> Trainer:
    return Trainer(cycle, Objective("validation/bits_per_character"))


def test_each_character_is_to_foretell_the_next(tmp_path: Path) -> None:
    timeline = loaded(tmp_path, "hello")
    assert characters(timeline, timeline.features[:, 0]) == "hello"
    assert characters(timeline, timeline.targets[timeline.scored]) == "ello"


def test_a_document_s_last_character_foretells_nothing(tmp_path: Path) -> None:
    timeline = loaded(tmp_path, "ab\fcde\f")
    assert timeline.starts.tolist() == [0, 2]
    assert timeline.scored.tolist() == [True, False, True, True, False]


def test_the_alphabet_is_in_the_order_of_unicode(tmp_path: Path) -> None:
    assert loaded(tmp_path, "héb😀\nza").alphabet == "\nabhzé😀"


@given(documents=st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\f\ufeff"), min_size=1), min_size=1))
def test_every_document_is_found_again_in_the_timeline(
    documents: list[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    if len(set("".join(documents))) < 2 or max(map(len, documents)) < 2:
        return
    timeline = loaded(tmp_path_factory.mktemp("text"), "\f".join(documents))
    pieces = np.split(timeline.features[:, 0], timeline.starts[1:])
    assert [characters(timeline, piece) for piece in pieces] == documents


@pytest.mark.parametrize(("name", "pack"), [("a.txt.gz", gzip.compress), ("a.txt.xz", lzma.compress)])
def test_a_packed_file_is_read(tmp_path: Path, name: str, pack: Callable[[bytes], bytes]) -> None:
    assert len(loaded(tmp_path, pack(b"hello"), name).features) == 5


def test_a_folder_is_a_document_for_each_text_file_by_name(tmp_path: Path) -> None:
    (tmp_path / "b.txt").write_text("xyz")
    (tmp_path / "a.txt.gz").write_bytes(gzip.compress(b"uvw\fst"))
    (tmp_path / "notes.md").write_text("not this")
    timeline = Text(path=".").load(tmp_path)
    assert characters(timeline, timeline.features[:, 0]) == "uvwstxyz"
    assert timeline.starts.tolist() == [0, 3, 5]


def test_a_byte_order_mark_is_no_character(tmp_path: Path) -> None:
    assert loaded(tmp_path, "\ufeffab").alphabet == "ab"


def test_documents_too_short_to_foretell_anything_are_counted(tmp_path: Path) -> None:
    assert loaded(tmp_path, "ab\fc\fde\f").notes == (
        "1 empty document left out",
        "1 document of one character, which has no next one and is not scored",
    )


def test_a_document_of_one_character_is_fed_and_not_scored(tmp_path: Path) -> None:
    timeline = loaded(tmp_path, "ab\fc\fde")
    assert timeline.starts.tolist() == [0, 2, 3]
    assert timeline.scored.tolist() == [True, False, False, True, False]


def test_the_last_character_before_a_cut_is_not_scored_since_its_next_lies_past_it(cycle: Dataset) -> None:
    assert int(cycle.train.stop[0]) == int(cycle.validation.start[0]) - 1


def test_a_byte_that_is_no_utf_8_is_found(tmp_path: Path) -> None:
    assert refusal(tmp_path, "one\ntwo é".encode("latin-1")).startswith(
        "text.txt, line 2: is not UTF-8 text (byte 8 is 0xe9: unexpected end of data)"
    )


@pytest.mark.parametrize("content", ["", "a", "\f", "a\fb"])
def test_a_text_without_two_characters_in_a_row_is_refused(tmp_path: Path, content: str) -> None:
    assert refusal(tmp_path, content) == "text.txt: there is no document of 2 characters or more"


def test_a_text_of_one_character_is_refused(tmp_path: Path) -> None:
    assert refusal(tmp_path, "aaaa") == "text.txt: is 'a' throughout, so there is nothing to predict"


def test_too_large_an_alphabet_is_refused(tmp_path: Path) -> None:
    text = "".join(chr(0x4E00 + number) for number in range(MAX_CHARACTERS + 1))
    assert refusal(tmp_path, text).startswith("text.txt: has 1,001 different characters; each is an input")


def test_a_folder_without_text_says_what_there_is(tmp_path: Path) -> None:
    (tmp_path / "notes.md").touch()
    with pytest.raises(DataError, match=r"no file in this folder ends in \.txt.*there is notes\.md"):
        Text(path=".").load(tmp_path)


def test_a_missing_file_names_its_neighbours(tmp_path: Path) -> None:
    (tmp_path / "macbeth.txt").touch()
    with pytest.raises(DataError, match=r"no such file; did you mean macbeth\.txt"):
        Text(path="mcbeth.txt").load(tmp_path)


def test_the_commonest_character_and_the_one_that_followed_last_time_are_to_be_beaten(cycle: Dataset) -> None:
    majority, bigram = cycle.baselines["majority"], cycle.baselines["bigram"]
    assert majority["validation/bits_per_character"] == pytest.approx(math.log2(3), abs=0.01)
    assert bigram["validation/bits_per_character"] < 0.05
    assert bigram["validation/accuracy"] == 1


@pytest.mark.lengthy
def test_what_follows_for_certain_is_learnt(trainer: Trainer) -> None:
    reports, _ = train(trainer, TrialSpec.model_validate(RECIPE | {"epochs": 10}))
    assert reports[-1].metrics["validation/accuracy"] == 1


@pytest.mark.lengthy
def test_bits_per_character_are_the_loss_in_bits(trainer: Trainer) -> None:
    reports, _ = train(trainer, TrialSpec.model_validate(RECIPE))
    metrics = reports[-1].metrics
    assert metrics["validation/bits_per_character"] == pytest.approx(metrics["validation/loss"] / math.log(2))


def test_bits_are_compared_by_the_cross_entropy(trainer: Trainer) -> None:
    scores = trainer.train(TrialSpec.model_validate(RECIPE), seed=0, seconds=1e9, test=True).test
    assert scores is not None
    assert scores.losses.mean() == pytest.approx(scores.metrics["test/loss_deployed"], rel=1e-5)


@pytest.mark.lengthy
def test_a_character_is_a_column_for_each_in_the_alphabet_one_of_which_is_1(cycle: Dataset, trainer: Trainer) -> None:
    columns = np.eye(3, dtype=np.float32)[cycle.timeline.features[:, 0].astype(int)]
    spread = replace(cycle, timeline=replace(cycle.timeline, features=columns, alphabet=""))
    spec = TrialSpec.model_validate(RECIPE)
    assert losses(trainer, spec) == losses(Trainer(spread), spec)


@pytest.mark.parametrize("streaming", [True, False])
def test_the_exported_model_takes_characters_as_unicode(
    cycle: Dataset, trainer: Trainer, tmp_path: Path, streaming: bool
) -> None:
    spec = TrialSpec.model_validate(RECIPE | {"stateful": streaming})
    _, segment = train(trainer, spec)
    path = tmp_path / "model.keras"
    path.write_bytes(keras_models.keras_files(spec, cycle, segment.checkpoint)[STREAMING if streaming else BATCH])
    model = keras.saving.load_model(path, compile=False)
    asked = np.array([[[ord(character)] for character in "abcabcabc"]], np.int32)
    probabilities = np.asarray(model(asked))
    alphabet = [chr(number) for number in model.get_layer("characters").get_vocabulary()]
    assert "".join(alphabet[number] for number in probabilities[0].argmax(-1)) == "bcabcabca"


def test_the_exported_model_streams_what_the_engine_scored(cycle: Dataset, trainer: Trainer) -> None:
    spec = TrialSpec.model_validate(RECIPE)
    _, segment = train(trainer, spec)
    best = Checkpoint.from_bytes(segment.checkpoint).best
    program = trainer.program(spec)
    program.reset([*best], 0)
    mean = Evaluator(spec, cycle.validation, cycle).score(program, "matched").scored.statistics[:, 0].mean()
    model = keras_models.deployable(spec, cycle, best, streaming=True)
    stop = int(cycle.validation.stop[0])
    text = np.array([ord(cycle.timeline.alphabet[int(n)]) for n in cycle.timeline.features[:stop, 0]], np.int32)
    probabilities = np.asarray(model(text[None, :, None]))[0]
    scored = np.arange(int(cycle.validation.start[0]), stop)
    entropy = -np.log(probabilities[scored, cycle.timeline.targets[scored]]).mean()
    assert entropy == pytest.approx(mean, rel=1e-3)


def test_an_exported_model_refuses_a_character_that_the_text_had_not(cycle: Dataset, trainer: Trainer) -> None:
    spec = TrialSpec.model_validate(RECIPE)
    model = keras_models.deployable(spec, cycle, trainer.initial_weights(spec, 0), streaming=False)
    with pytest.raises(Exception, match="all inputs should be in vocabulary"):
        model(np.array([[[ord("z")]]], np.int32))


@pytest.mark.slow
def test_every_objective_there_can_be_is_a_metric_of_an_epoch(cycle: Dataset, trainer: Trainer) -> None:
    for objective in (Objective(), Objective("validation/accuracy_deployed", "maximize")):
        reports, _ = train(Trainer(cycle, objective), TrialSpec.model_validate(RECIPE | {"epochs": 1}))
        names = (name for name in metric_names(cycle.metrics) if objective.as_deployed or "deployed" not in name)
        assert set(names) <= set(reports[0].metrics)
