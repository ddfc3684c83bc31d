"""Ridge and logistic regression on the window's lags; how much either is shrunk is chosen on validation."""

import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np

from workers.baselines.material import Forecast, Material, Numbers, smoothed
from workers.data.timeline import Integers

PENALTIES = np.logspace(-3, 5, 9)  # of ridge regression, where the inputs' deviation is 1
INVERSE_PENALTIES = np.logspace(-4, 1, 6)  # of logistic regression
ITERATIONS = 300


def ridge(material: Material) -> Forecast:
    """Hoerl and Kennard 1970, Ridge Regression: Biased Estimation for Nonorthogonal Problems, Technometrics 12."""
    from sklearn.linear_model import Ridge  # noqa: PLC0415  (a second, which training need not wait for)

    timeline, x = material.timeline, material.learnt(padded=True)
    y, wanted = (timeline.targets[at].astype(np.float64) for at in (material.train, material.validation))

    def fitted() -> Iterator[tuple[float, Forecast]]:
        for penalty in PENALTIES:
            forecast = _values(Ridge(alpha=penalty).fit(x, y), material)
            yield float(np.square(forecast(material.validation) - wanted).mean()), forecast

    return _best(fitted())


def logistic(material: Material) -> Forecast:
    """Multinomial logistic regression. Cox 1958, The Regression Analysis of Binary Sequences, JRSS B 20."""
    from sklearn.exceptions import ConvergenceWarning  # noqa: PLC0415  (as above)
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415

    x, labels = material.learnt(padded=True), material.timeline.targets[material.train]

    def fitted() -> Iterator[tuple[float, Forecast]]:
        for inverse in INVERSE_PENALTIES:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", ConvergenceWarning)  # it is then as good as it is
                model = LogisticRegression(C=inverse, max_iter=ITERATIONS).fit(x, labels)
            forecast = probabilities(model, material, padded=True)
            yield material.log_loss(forecast), forecast

    return _best(fitted())


def probabilities(model: Any, material: Material, *, padded: bool) -> Forecast:
    """The forecast of a classifier of scikit-learn."""

    def forecast(at: Integers) -> Numbers:
        found = np.concatenate([model.predict_proba(x) for x in material.pieces(at, padded=padded)])
        return smoothed(found, model.classes_, material.timeline.n_classes, len(material.train))

    return forecast


def _values(model: Any, material: Material) -> Forecast:
    def forecast(at: Integers) -> Numbers:
        found = [model.predict(x) for x in material.pieces(at, padded=True)]
        return np.concatenate(found).reshape(len(at), -1).astype(np.float64)

    return forecast


def _best(fitted: Iterator[tuple[float, Forecast]]) -> Forecast:
    """The one with the least error on validation."""
    return min(fitted, key=lambda pair: pair[0])[1]
