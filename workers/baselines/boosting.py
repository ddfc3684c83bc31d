"""Histogram gradient boosting on the window's lags, as scikit-learn sets it by default.

Source: Ke et al. 2017, LightGBM: A Highly Efficient Gradient Boosting Decision Tree, NeurIPS 30.
"""

import numpy as np

from workers.baselines.linear import probabilities
from workers.baselines.material import Forecast, Material, Numbers
from workers.data.timeline import Integers

SEED = 0
MOST_CLASSES = 30  # of which one a tree is grown in each of a hundred rounds


def boosting(material: Material) -> Forecast:
    """Of classes, or of each target by itself and of each of its quantiles, by the loss where scikit-learn has it."""
    return _classification(material) if material.timeline.n_classes else _regression(material)


def _regression(material: Material) -> Forecast:
    from sklearn.ensemble import HistGradientBoostingRegressor  # noqa: PLC0415  (a second, which training saves)

    x, y = material.learnt(padded=False), material.timeline.targets[material.train].astype(np.float64)
    fitted = material.loss.fitted
    quantiles = fitted.levels if fitted.boosting == "quantile" else (None,)
    models = [
        HistGradientBoostingRegressor(loss=fitted.boosting, quantile=level, random_state=SEED).fit(x, y[:, n])
        for level in quantiles
        for n in range(material.n_targets)
    ]

    def forecast(at: Integers) -> Numbers:
        pieces = material.pieces(at, padded=False)
        return np.concatenate([np.column_stack([model.predict(x) for model in models]) for x in pieces])

    return forecast


def _classification(material: Material) -> Forecast:
    from sklearn.ensemble import HistGradientBoostingClassifier  # noqa: PLC0415

    labels = material.timeline.targets[material.train]
    # Where it holds some back to stop early, it needs two of each class.
    early = "auto" if np.unique(labels, return_counts=True)[1].min() > 1 else False
    model = HistGradientBoostingClassifier(random_state=SEED, early_stopping=early)
    return probabilities(model.fit(material.learnt(padded=False), labels), material, padded=False)
