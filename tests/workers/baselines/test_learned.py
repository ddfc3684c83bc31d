"""Baselines that learn: each the same as written by hand, and blind to what a model could not have seen."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.linear_model import LogisticRegression, PoissonRegressor, QuantileRegressor, Ridge
from sklearn.metrics import log_loss, mean_poisson_deviance

from workers.baselines.boosting import MOST_CLASSES
from workers.baselines.learned import LEARNED, SECONDS, material_of, with_learned
from workers.baselines.linear import INVERSE_PENALTIES, PENALTIES
from workers.data.asked_loss import Asked
from workers.data.dataset import Dataset, prepare
from workers.data.splits import Split
from workers.data.timeline import Timeline

SPLIT = Split(validation=0.2, test=0.2, by="time")
WINDOW = 3
ASKED = {"absolute": Asked("absolute"), "huber": Asked("huber", 0.5), "counts": Asked("poisson")}
ASKED["quantiles"] = Asked("quantiles", quantiles=(0.1, 0.9))
TABLES = ("numbers", "classes", "text", *ASKED)


def table(kind: str, n: int = 400, seed: int = 0, **fields: Any) -> Timeline:
    """Two sequences in which what comes depends on what was."""
    random = np.random.default_rng(seed)
    starts, scored = np.array([0, n // 2 + 1]), np.append(np.ones(n - 1, bool), False)
    scored[n // 2] = False
    if kind == "text":
        text = random.integers(0, 4, n)
        text[2::3] = (text[:-2:3] + text[1:-1:3]) % 4
        own: dict[str, Any] = {"n_classes": 4, "alphabet": "abcd"}
        return Timeline(
            text[:, None].astype(float), np.roll(text, -1).astype(np.int32), starts, scored, **own, **fields
        )
    x = np.cumsum(random.normal(size=(n, 2)), axis=0) * 0.1 + random.normal(size=(n, 2))
    y = np.roll(x, 1, axis=0)[:, :1] * 2 + np.abs(x[:, 1:]) + 0.3 * random.normal(size=(n, 1))
    if kind == "classes":
        labels = np.digitize(y[:, 0], [0.0, 2.0]).astype(np.int32)
        return Timeline(x, labels, starts, scored, n_classes=3, **fields)
    if kind == "counts":
        y = random.poisson(np.exp(0.5 * y.clip(-3, 3))).astype(float)
    return Timeline(x, np.hstack([y, y**2]), starts, scored, loss=ASKED.get(kind), **fields)


def data(kind: str, **fields: Any) -> Dataset:
    return prepare(table(kind, **fields), SPLIT)


def by_hand(dataset: Dataset, empty: float | None) -> tuple[Any, ...]:
    """Inputs and targets of training, validation and test, one row after the other."""
    parts = []
    for part in (dataset.train, dataset.validation, dataset.test):
        rows, targets = [], []
        for start, stop, reach in zip(part.start, part.stop, part.reach, strict=True):
            for t in range(start, stop):
                if not dataset.timeline.scored[t]:
                    continue
                window: list[float] = []
                for step in range(t - WINDOW + 1, t + 1):
                    known = dataset.timeline.features[max(step, reach)]
                    window.extend(known if step >= reach or empty is None else [empty] * len(known))
                rows.append(window)
                targets.append(dataset.timeline.targets[t])
        parts += [np.array(rows, np.float32), np.array(targets)]
    return tuple(parts)


def test_linear_is_ridge_regression_on_the_lags_with_the_penalty_that_is_best_on_validation() -> None:
    dataset = data("numbers")
    x, y, x_val, y_val, x_test, y_test = by_hand(dataset, None)
    fitted = [Ridge(alpha=penalty).fit(x, y.astype(float)) for penalty in PENALTIES]
    best = min(fitted, key=lambda model: ((model.predict(x_val) - y_val) ** 2).mean())
    found = with_learned(dataset, ["linear"], WINDOW)
    assert found.test_forecasts["linear"] == pytest.approx((best.predict(x_test) - y_test) ** 2, rel=1e-4, abs=1e-6)
    mean = ((best.predict(x_val) - y_val) ** 2 * dataset.scaling.target_scale**2).mean()
    assert found.baselines["linear"]["validation/loss"] == pytest.approx(mean, rel=1e-4)


def test_linear_takes_inputs_that_say_nearly_the_same_without_a_warning() -> None:
    slow = np.sin(np.arange(4000.0) / 500)[:, None]
    dataset = prepare(
        Timeline(np.hstack([slow, slow * 2 + 1]), np.roll(slow, -1, axis=0), np.array([0]), np.ones(4000, bool)), SPLIT
    )
    assert with_learned(dataset, ["linear"], WINDOW).baselines["linear"]["validation/loss"] < 1e-4


def test_boosting_is_that_of_scikit_learn_for_each_target() -> None:
    dataset = data("numbers")
    x, y, *_, x_test, y_test = by_hand(dataset, np.nan)
    models = [HistGradientBoostingRegressor(random_state=0).fit(x, y[:, n].astype(float)) for n in (0, 1)]
    expected = np.column_stack([(model.predict(x_test) - y_test[:, n]) ** 2 for n, model in enumerate(models)])
    found = with_learned(dataset, ["boosting"], WINDOW)
    assert found.test_forecasts["boosting"] == pytest.approx(expected, rel=1e-4, abs=1e-6)


def test_linear_of_absolute_errors_is_as_good_as_the_median_regression_of_scikit_learn() -> None:
    dataset = data("absolute")
    x, y, *_ = by_hand(dataset, None)
    forecast = material_of(dataset, WINDOW)
    own = np.abs(LEARNED["linear"].fit(forecast)(forecast.train) - y).mean(axis=0)
    theirs = [QuantileRegressor(quantile=0.5, alpha=0).fit(x, y[:, n].astype(float)) for n in (0, 1)]
    best = np.array([np.abs(model.predict(x) - y[:, n]).mean() for n, model in enumerate(theirs)])
    assert own == pytest.approx(best, rel=0.02)


def test_linear_of_counts_is_the_poisson_regression_of_scikit_learn() -> None:
    dataset = data("counts")
    x, y, x_val, y_val, x_test, y_test = by_hand(dataset, None)

    def fitted(penalty: float) -> Any:
        models = [PoissonRegressor(alpha=penalty / len(x), max_iter=300).fit(x, y[:, n].astype(float)) for n in (0, 1)]
        return lambda rows: np.column_stack([model.predict(rows) for model in models])

    def deviances(forecast: Any, known: Any) -> float:
        known = known.astype(float)
        return float(np.mean([mean_poisson_deviance(known[:, n], forecast[:, n]) for n in (0, 1)]))

    best = min(map(fitted, PENALTIES), key=lambda predict: deviances(predict(x_val), y_val))
    found = with_learned(dataset, ["linear"], WINDOW).test_baselines["linear"]
    assert found["test/error"] == pytest.approx(deviances(best(x_test), y_test), rel=1e-3)


@pytest.mark.lengthy
def test_boosting_is_fitted_by_the_loss_where_scikit_learn_has_it() -> None:
    for kind, loss in {"absolute": "absolute_error", "counts": "poisson", "huber": "squared_error"}.items():
        dataset = data(kind)
        x, y, *_, x_test, _ = by_hand(dataset, np.nan)
        model = HistGradientBoostingRegressor(loss=loss, random_state=0).fit(x, y[:, 0].astype(float))
        material = material_of(dataset, WINDOW)
        own = LEARNED["boosting"].fit(material)(dataset.scored_timesteps(dataset.test))
        assert own[:, 0] == pytest.approx(model.predict(x_test), rel=1e-4, abs=1e-6)


def test_logistic_is_logistic_regression_whose_probabilities_are_never_zero() -> None:
    dataset = data("classes")
    x, y, x_val, y_val, x_test, y_test = by_hand(dataset, None)

    def told(model: LogisticRegression, rows: Any) -> Any:
        return (model.predict_proba(rows) * len(x) + 1) / (len(x) + 3)

    fitted = [LogisticRegression(C=inverse, max_iter=300).fit(x, y) for inverse in INVERSE_PENALTIES]
    best = min(fitted, key=lambda model: log_loss(y_val, told(model, x_val), labels=range(3)))
    found = with_learned(dataset, ["logistic"], WINDOW).test_baselines["logistic"]
    assert found["test/loss"] == pytest.approx(log_loss(y_test, told(best, x_test), labels=range(3)), rel=1e-4)
    assert found["test/accuracy"] == pytest.approx((best.predict(x_test) == y_test).mean())


def test_boosting_of_classes_is_that_of_scikit_learn() -> None:
    dataset = data("classes")
    x, y, *_, x_test, y_test = by_hand(dataset, np.nan)
    told = HistGradientBoostingClassifier(random_state=0).fit(x, y).predict_proba(x_test)
    found = with_learned(dataset, ["boosting"], WINDOW).test_baselines["boosting"]
    assert found["test/loss"] == pytest.approx(
        log_loss(y_test, (told * len(x) + 1) / (len(x) + 3), labels=range(3)), rel=1e-4
    )


def test_an_n_gram_model_mixes_shorter_contexts_as_witten_and_bell_do() -> None:
    dataset = data("text")
    text, labels = dataset.timeline.features[:, 0].astype(int), dataset.timeline.targets
    train, validation, test = (dataset.scored_timesteps(p) for p in (dataset.train, dataset.validation, dataset.test))

    def context(t: int, length: int) -> tuple[int, ...]:
        first = max(start for start in dataset.timeline.starts if start <= t)
        return tuple(text[s] if s >= first else -1 for s in range(t - length + 1, t + 1))

    def told(t: int, length: int) -> Any:
        shorter = told(t, length - 1) if length else np.full(4, 0.25)
        counts = np.zeros(4)
        for known in train:
            counts[labels[known]] += context(known, length) == context(t, length)
        return (
            (counts + (counts > 0).sum() * shorter) / (counts.sum() + (counts > 0).sum()) if counts.sum() else shorter
        )

    def loss(at: Any, length: int) -> float:
        return float(np.mean([-np.log(told(t, length)[labels[t]]) for t in at]))

    best = min(range(WINDOW + 1), key=lambda length: loss(validation, length))
    assert best == 2  # as the text was made
    found = with_learned(dataset, ["ngram"], WINDOW).test_baselines["ngram"]
    assert found["test/loss"] == pytest.approx(loss(test, best))


@pytest.mark.parametrize("kind", TABLES)
@pytest.mark.parametrize("name", LEARNED)
@pytest.mark.lengthy
def test_no_forecast_sees_what_comes_after_it_nor_a_target_that_was_held_back(name: str, kind: str) -> None:
    dataset = data(kind)
    if not LEARNED[name].applies(dataset.timeline):
        return
    test = dataset.scored_timesteps(dataset.test)
    now = int(test[len(test) // 2])
    targets, features = dataset.timeline.targets.copy(), dataset.timeline.features.copy()
    features[now + 1 :] = features[now + 1 :][::-1]
    targets[test] = targets[test][::-1]
    changed = replace(dataset, timeline=replace(dataset.timeline, features=features, targets=targets))
    row = LEARNED[name]
    before, after = (row.fit(material_of(each, WINDOW))(np.array([now])) for each in (dataset, changed))
    assert (before == after).all()


@pytest.mark.parametrize("kind", TABLES)
def test_each_that_applies_stands_beside_those_that_need_no_learning_with_what_it_cost(kind: str) -> None:
    plain = data(kind)
    dataset = with_learned(plain, LEARNED, WINDOW)
    learned = [name for name, row in LEARNED.items() if row.applies(plain.timeline)]
    assert learned
    assert list(dataset.baselines) == list(dataset.test_baselines) == [*plain.baselines, *learned]
    for name in learned:
        assert dataset.baselines[name][SECONDS] > 0
        assert dataset.test_baselines[name].keys() == next(iter(plain.test_baselines.values())).keys()
        best = min(plain.test_baselines.values(), key=lambda row: row["test/error"])
        assert dataset.test_baselines[name]["test/error"] < best["test/error"]


def test_without_a_test_split_there_are_scores_of_validation_alone() -> None:
    dataset = with_learned(prepare(table("numbers"), Split(validation=0.3, test=0)), LEARNED, WINDOW)
    assert list(dataset.baselines) == ["mean", "linear", "boosting"]
    assert dataset.test_baselines == {}


def test_where_training_has_one_class_nothing_is_learnt() -> None:
    timeline = table("classes")
    labels = np.where(np.arange(len(timeline.targets)) < 300, 1, timeline.targets).astype(np.int32)
    dataset = prepare(replace(timeline, targets=labels), SPLIT)
    labels[dataset.scored_timesteps(dataset.train)] = 1
    dataset = prepare(replace(timeline, targets=labels), SPLIT)
    assert list(with_learned(dataset, LEARNED, WINDOW).baselines) == ["majority"]


def test_of_many_classes_no_trees_are_grown() -> None:
    labels = np.arange(400, dtype=np.int32) % (MOST_CLASSES + 1)
    dataset = prepare(replace(table("classes"), targets=labels, n_classes=MOST_CLASSES + 1), SPLIT)
    assert "boosting" not in with_learned(dataset, LEARNED, WINDOW).baselines


def test_what_is_too_much_to_learn_from_is_thinned(monkeypatch: pytest.MonkeyPatch) -> None:
    dataset = data("numbers")
    n = len(dataset.scored_timesteps(dataset.train))
    monkeypatch.setattr("workers.baselines.learned.MOST_CELLS", n * WINDOW * 2 // 2)
    assert len(material_of(dataset, WINDOW).train) == -(-n // 2)
