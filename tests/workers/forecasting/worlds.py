"""Rows as users have them, for every kind of data, and forecasters trained on them."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from pydantic import TypeAdapter

from workers.data import sources
from workers.data.dataset import Dataset
from workers.data.sources import DataConfig
from workers.engine.checkpoint import Checkpoint
from workers.engine.training import Trainer
from workers.forecasting.forecaster import Forecaster
from workers.forecasting.recipe import Recipe
from workers.objective import Objective
from workers.plans.equivalence import canonical
from workers.spec import TestScores, TrialSpec

ARMS: dict[str, dict[str, Any]] = {
    "every_n_batches": {"reset_policy": "every_n_batches", "reset_interval": 3},
    "stateless": {"stateful": False},
    "shuffled": {"stateful": False, "shuffle": True},
    "burn-in": {"stateful": False, "burn_in": 2},
    "every_sequence": {"reset_policy": "every_sequence"},
    "every_epoch": {"reset_policy": "every_epoch"},
    "never": {"reset_policy": "never"},
    "random": {"reset_policy": "random", "reset_probability": 0.4},
    "decay": {"reset_policy": "decay", "state_decay": 0.5},
    "bidirectional": {"stateful": False, "bidirectional": True},
}


class World(NamedTuple):
    """Rows as a user has them, the study file's section for them, and by name the texts of other files beside it."""

    rows: Any
    data: dict[str, Any]
    beside: Mapping[str, str] = MappingProxyType({})

    @property
    def asked(self) -> Any:
        """What a forecaster is given to forecast from all rows."""
        if not isinstance(self.rows, dict):
            return self.rows
        features, starts = self.rows["features"], self.rows["starts"]
        names = [f"input {number}" for number in range(1, features.shape[1] + 1)]
        sequence = np.searchsorted(starts, np.arange(len(features)), side="right")
        return pd.DataFrame(features, columns=names).assign(sequence=sequence)

    def write(self, folder: Path) -> None:
        """The rows as the file that the section names, and what lies beside it."""
        for name, text in self.beside.items():
            (folder / name).write_text(text)
        if isinstance(self.rows, pd.DataFrame):
            self.rows.to_csv(folder / "rows.csv", index=False)
        elif isinstance(self.rows, str):
            (folder / "rows.txt").write_text(self.rows)
        else:
            np.savez(folder / "rows.npz", **self.rows)


def walk(n: int, seed: int = 0) -> pd.DataFrame:
    draws = np.random.default_rng(seed).normal(size=(n, 3))
    level = 100 + np.cumsum(draws[:, 0])
    when = pd.Timestamp("2024-01-01") + pd.to_timedelta(np.arange(n), "h")
    return pd.DataFrame(
        {"when": when.astype(str), "level": level, "speed": draws[:, 1], "rain": draws[:, 2] + level / 50}
    )


def table(**data: Any) -> dict[str, Any]:
    return {
        "kind": "table",
        "path": "rows.csv",
        "time": "when",
        "inputs": ["level", "speed"],
        "targets": ["level"],
        **data,
    }


def with_gaps(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.drop(index=[*range(100, 110), *range(290, 330), *range(360, 366)]).reset_index(drop=True)


def with_holes(frame: pd.DataFrame) -> pd.DataFrame:
    frame = frame.copy()
    frame.loc[[5, 6, 200, 350, 380], "speed"] = np.nan
    return frame


def without_some_targets(frame: pd.DataFrame) -> pd.DataFrame:
    """Also at the beginning, and where `with_gaps` makes sequences begin."""
    frame = frame.copy()
    frame.loc[[*range(9), 37, 150, 151, 352, *range(366, 370)], "rain"] = np.nan
    return frame


def panel(n: int, groups: int) -> pd.DataFrame:
    parts = [walk(n, seed).assign(town=f"town {seed}") for seed in range(groups)]
    return pd.concat(parts).sort_values("when", kind="stable").reset_index(drop=True)


def labelled(frame: pd.DataFrame) -> pd.DataFrame:
    rising = np.where(frame["speed"] + frame["rain"].diff().fillna(0) > 0, "up", "down")
    return frame.assign(way=np.where(frame["speed"] > 1.2, "flat", rising))


def with_skies(frame: pd.DataFrame) -> pd.DataFrame:
    """A column of texts, of which one comes after training alone, and one of whole numbers."""
    skies = np.array(["grey", "blue", "red"])[np.digitize(frame["speed"], [-0.5, 0.6])]
    late = np.arange(len(frame)) > 0.8 * len(frame)
    return frame.assign(
        sky=np.where(late & (frame["rain"] > 2.5), "black", skies), oktas=(frame["rain"] % 4).astype(int)
    )


def irregular(frame: pd.DataFrame, step: str = "7min") -> pd.DataFrame:
    """The same rows, but at times that are about so far apart: some on whole hours, and with a few pauses."""
    draws = np.random.default_rng(5).exponential(pd.Timedelta(step).total_seconds(), len(frame)).round(1) + 0.1
    draws[[len(frame) // 4, len(frame) // 2]] += 20_000
    when = pd.Timestamp("2024-01-01 00:00:20") + pd.to_timedelta(np.cumsum(draws), "s")
    rounded = np.arange(len(frame)) % 11 == 0
    when = when.where(~rounded | when.ceil("10min").duplicated(), when.ceil("10min"))
    found = frame.assign(when=when).sort_values("when", kind="stable").drop_duplicates("when")
    return found.assign(when=found["when"].dt.strftime("%Y-%m-%d %H:%M:%S.%f")).reset_index(drop=True)


def irregular_panel(n: int, groups: int) -> pd.DataFrame:
    parts = [irregular(walk(n, seed)).assign(town=f"town {seed}") for seed in range(groups)]
    return pd.concat(parts).sort_values("when", kind="stable").reset_index(drop=True)


def in_columns(frame: pd.DataFrame) -> pd.DataFrame:
    """The same rows, in which other columns have the date, the hour and the time of day too."""
    when = pd.to_datetime(frame["when"])
    return frame.assign(day=when.dt.strftime("%d.%m.%Y"), hour=when.dt.hour, time=when.dt.strftime("%H:%M"))


def known_to(frame: pd.DataFrame, rows: int, known: list[str]) -> pd.DataFrame:
    """The same rows, of the last of which, in each town, only these columns are known."""
    others = frame.columns.difference(["when", "town", *known])
    towns = frame["town"] if "town" in frame else np.zeros(len(frame))
    last = frame.groupby(towns).cumcount(ascending=False) < rows
    return frame.assign(**{name: frame[name].mask(last) for name in others})


TABLES: dict[str, World] = {
    "level": World(walk(400), table()),
    "change": World(walk(400), table(predict="change", horizon=3)),
    "two targets": World(walk(400), table(targets=["level", "rain"], horizon=2)),
    "target that is no input": World(walk(400), table(inputs=["level", "speed"], targets=["rain"], horizon=0)),
    "gaps": World(with_gaps(walk(400)), table(max_gap="2h")),
    "missing values": World(with_holes(walk(400)), table(missing={"fill": "forward"}, predict="change")),
    "dropped rows": World(
        without_some_targets(with_holes(walk(400))),
        table(inputs=["level", "speed"], targets=["rain"], horizon=1, missing={"fill": "drop"}),
    ),
    "young targets": World(
        with_gaps(without_some_targets(walk(400))),
        table(inputs=["level"], targets=["rain"], horizon=1, missing={"fill": "forward"}, max_gap="2h"),
    ),
    "missing classes": World(
        labelled(walk(400)).assign(way=lambda frame: frame["way"].where(frame.index % 7 > 0)),
        table(inputs=["speed", "rain"], targets=["way"], missing={"fill": "drop"}),
    ),
    "panel": World(panel(120, 4), table(group="town")),
    "panel by sequence": World(panel(60, 12), table(group="town", split={"by": "sequence"})),
    "classes": World(labelled(walk(400)), table(inputs=["speed", "rain"], targets=["way"])),
    "sequence end": World(panel(20, 24), table(group="town", score="sequence_end")),
    "resampled": World(
        irregular(with_holes(walk(900))),
        table(resample="10min", max_gap="1h", missing={"fill": "forward"}, horizon="20min"),
    ),
    "resampled changes": World(
        irregular(with_holes(walk(900)), "12min"),
        table(resample="10min", max_gap="25min", missing={"fill": "drop"}, predict="change", horizon=2),
    ),
    "resampled panel": World(
        irregular_panel(300, 3), table(resample="10min", group="town", missing={"fill": "forward"}, targets=["rain"])
    ),
    "step": World(
        irregular(walk(400)),
        table(inputs=["level", {"step": "min"}, "speed"], horizon=2, predict="change", max_gap="2h"),
    ),
    "steps of a panel": World(
        with_holes(irregular_panel(150, 3)),
        table(inputs=["level", "speed", {"step": "h"}], group="town", missing={"fill": "drop"}, max_gap="1h"),
    ),
    "resampled steps": World(
        irregular(walk(500), "12min"),
        table(inputs=["level", {"step": "s"}], resample="10min", missing={"fill": "drop"}),
    ),
    "calendar": World(
        walk(400),
        table(
            inputs=["level", {"calendar": ["hour", "weekday"]}, {"calendar": ["weekday"], "as": "category"}], horizon=3
        ),
    ),
    "calendar of a panel": World(
        irregular_panel(150, 3),
        table(inputs=[{"calendar": ["hour", "month"]}, "level", {"step": "h"}], group="town", predict="change"),
    ),
    "holidays": World(
        walk(400),
        table(
            inputs=["level", {"calendar": ["holiday"], "holidays": ["2024-01-01", "2024-01-06"], "days": [0, 1]}],
            horizon=3,
        ),
    ),
    "resampled calendar": World(
        irregular(walk(500), "12min"),
        table(inputs=["level", {"calendar": ["hour"]}], resample="10min", missing={"fill": "drop"}),
    ),
    "categories": World(
        with_skies(walk(400)),
        table(inputs=["level", {"column": "sky", "as": "category"}, {"column": "oktas", "as": "category"}]),
    ),
    "looked up": World(
        with_skies(walk(400)),
        table(inputs=["level", {"column": "sky", "embedding": 2}, {"column": "oktas", "embedding": 3}]),
    ),
    "categories of a panel": World(
        with_skies(panel(120, 4)).assign(sky=lambda frame: frame["sky"].where(frame.index % 9 > 0)),
        table(
            inputs=[{"column": "sky", "as": "category"}, {"column": "town", "as": "category"}, "level"],
            group="town",
            missing={"fill": "drop"},
            predict="change",
        ),
    ),
    "resampled categories": World(
        irregular(with_skies(walk(500)), "12min"),
        table(inputs=["level", {"column": "sky", "as": "category"}], resample="10min", missing={"fill": "forward"}),
    ),
    "lags": World(
        with_gaps(walk(400)),
        table(
            inputs=["speed", {"column": "level", "lag": [1, 24]}, {"column": "level", "rolling": "mean", "over": 9}],
            max_gap="2h",
        ),
    ),
    "lags of a panel": World(
        with_holes(panel(120, 4)),
        table(
            inputs=["level", {"column": "speed", "lag": [3, "8h"]}, {"column": "rain", "rolling": "max", "over": 12}],
            group="town",
            missing={"fill": "forward"},
        ),
    ),
    "resampled lags": World(
        irregular(walk(500), "12min"),
        table(
            inputs=["level", {"column": "level", "lag": [4, "1h"]}, {"column": "speed", "rolling": "min", "over": 5}],
            resample="10min",
            missing={"fill": "drop"},
        ),
    ),
    "known ahead": World(
        known_to(walk(400), 3, ["rain"]),
        table(
            inputs=[
                "level",
                "rain",
                {"column": "rain", "known": True},
                {"column": "level", "transform": "log1p", "rolling": "max", "over": 4},
            ],
            horizon=3,
            predict="change",
        ),
    ),
    "known ahead in a panel": World(
        known_to(with_holes(with_skies(panel(120, 4))), 2, ["sky", "rain"]).assign(
            size=lambda frame: frame["town"].str.len() + (frame["town"] == "town 2")
        ),
        table(
            inputs=[
                "level",
                "speed",
                {"column": "sky", "as": "category", "known": True},
                {"column": "rain", "known": True},
                {"column": "size", "static": True, "transform": "log"},
            ],
            group="town",
            horizon="2h",
            missing={"fill": "drop"},
        ),
    ),
    "date and hour": World(in_columns(walk(400)), table(time={"date": "day", "hour": "hour"}, horizon=2)),
    "date and time of a panel": World(
        in_columns(panel(120, 3)),
        table(time={"date": "day", "time": "time", "format": "%d.%m.%Y %H:%M"}, group="town", predict="change"),
    ),
    "resampled classes": World(
        irregular(labelled(walk(900))),
        table(resample="20min", max_gap="2h", inputs=["speed", "rain"], targets=["way"], missing={"fill": "drop"}),
    ),
}


def with_counts(frame: pd.DataFrame) -> pd.DataFrame:
    """Calls that are commoner as speed rises, half of which are known an hour before."""
    draws = np.random.default_rng(9)
    return frame.assign(calls=draws.poisson(np.exp(0.5 * frame["speed"] + 0.5 * frame["speed"].shift(fill_value=0))))


COUNTED = with_counts(walk(400))
LOSSES: dict[str, World] = {
    "absolute errors": World(walk(400), table(loss="absolute", targets=["level", "rain"])),
    "Huber's loss of changes": World(walk(400), table(loss={"huber": 0.5}, predict="change", horizon=2)),
    "counts": World(COUNTED, table(loss="poisson", inputs=["speed", "calls"], targets=["calls"])),
    "counts now": World(COUNTED, table(loss="poisson", inputs=["speed"], targets=["calls"], horizon=0)),
    "quantiles": World(walk(400), table(loss={"quantiles": [0.1, 0.5, 0.9]}, targets=["level", "rain"])),
    "calibrated changes": World(
        walk(400), table(loss={"quantiles": [0.2, 0.8], "calibrate": True}, predict="change", horizon=2)
    ),
    "quantiles now": World(walk(400), table(loss={"quantiles": [0.7]}, inputs=["speed"], targets=["rain"], horizon=0)),
    "absolute errors now": World(walk(400), table(loss="absolute", inputs=["speed"], targets=["rain"], horizon=0)),
}


HORIZONS: dict[str, World] = {
    "horizons": World(
        known_to(walk(300), 3, ["rain"]),
        table(
            inputs=["level", {"column": "rain", "known": True}],
            horizon=[1, 3],
            horizon_weights=[3, 1],
            predict="change",
        ),
    ),
    "horizons of a panel": World(
        panel(120, 3),
        table(group="town", targets=["level", "rain"], horizon=["1h", "3h"], loss={"quantiles": [0.1, 0.5, 0.9]}),
    ),
}


def with_sales(frame: pd.DataFrame) -> pd.DataFrame:
    """Sales that swing over orders of magnitude, and others that are 0 now and then."""
    sold = np.exp((frame["level"] - 100) / 6)
    return frame.assign(sold=sold, returned=(sold * (1 + np.abs(frame["speed"])) - 1).clip(lower=0).round())


LOGARITHMS: dict[str, World] = {
    "logarithms": World(
        with_sales(walk(300)),
        table(inputs=["sold", "speed"], targets=["sold"], transform="log", season=24, metrics=["mae", "mape", "mase"]),
    ),
    "changes of logarithms": World(
        with_sales(panel(100, 3)),
        table(
            inputs=["level", "returned"],
            targets=["returned", "sold"],
            group="town",
            transform="log1p",
            predict="change",
            horizon=[1, 3],
            horizon_weights=[3, 1],
        ),
    ),
    "quantiles of logarithms": World(
        with_sales(walk(300)),
        table(
            inputs=["sold"],
            targets=["sold", "level"],
            transform="log",
            loss={"quantiles": [0.1, 0.5, 0.9], "calibrate": True},
        ),
    ),
    "logarithms now": World(
        with_sales(walk(300)), table(inputs=["speed"], targets=["returned"], transform="log1p", horizon=0)
    ),
}


def shops(n: int, groups: int) -> pd.DataFrame:
    """Groups of sizes that differ by orders of magnitude, of which one has no rows to be scaled by alone."""
    frame = with_sales(panel(n, groups))
    size = 10.0 ** frame["town"].str[-1].astype(int)
    return frame.assign(sold=frame["sold"] * size, size=size, level=frame["level"] - 90)


GROUPS: dict[str, World] = {
    "scaled by group": World(
        shops(100, 3),
        table(
            inputs=["sold", {"column": "size", "static": True}, {"calendar": ["hour"]}],
            targets=["sold"],
            group="town",
            scale="group",
            metrics=["mae"],
        ),
    ),
    "logarithms by group": World(
        with_gaps(shops(140, 3)),
        table(
            inputs=["level", {"column": "sold", "lag": 2}, {"column": "town", "as": "category"}],
            targets=["sold", "returned"],
            group="town",
            scale="group",
            transform="log1p",
            predict="change",
            horizon=2,
            loss={"quantiles": [0.1, 0.5, 0.9]},
        ),
    ),
    "classes by group": World(
        labelled(panel(120, 3)), table(inputs=["speed", "rain"], targets=["way"], group="town", scale="group")
    ),
}


JUDGED: dict[str, Any] = {"targets": ["level", "rain"], "horizon": 2, "season": 24}
COST = "def cost(measured, forecast):\n    return (measured - forecast).clip(0).mean()\n"
ASKED: dict[str, World] = {
    "metrics of changes": World(
        walk(400),
        table(**JUDGED, predict="change", metrics=["mae", "mape", "smape", "mase", "bias", "my_metrics:cost"]),
        {"my_metrics.py": COST},
    ),
    "metrics of quantiles": World(
        walk(400), table(**JUDGED, loss={"quantiles": [0.1, 0.5, 0.9]}, metrics=["mae", "rmse", "mase", "bias"])
    ),
    "metrics of classes": World(
        labelled(walk(400)), table(inputs=["speed", "rain"], targets=["way"], metrics=["f1", "auc", "log_loss"])
    ),
}


def arrays(
    n: int, starts: list[int], *, classes: bool = False, size: float = 1.0, offset: float = 0.0
) -> dict[str, Any]:
    """Two inputs and their sums, or classes of these; in double precision where there is an offset."""
    draws = np.random.default_rng(3)
    features = draws.normal(size=(n, 2)).astype(np.float32)
    sums = features[:, :1] + np.roll(features, 1, axis=0)
    targets = (sums[:, 0] > 0).astype(np.int64) + (sums[:, 1] > 1) if classes else sums * 3 + 7
    found: dict[str, Any] = {"features": features, "targets": targets}
    if offset:
        found = {name: values.astype(np.float64) * size + offset for name, values in found.items()}
    return {**found, "starts": np.array(starts)}


def in_units(frame: pd.DataFrame, size: float, offset: float = 0.0) -> pd.DataFrame:
    return frame.assign(**{name: frame[name] * size + offset for name in ("level", "speed", "rain")})


# Of which single precision holds nothing: the differences of large numbers, and squares that are infinite or 0.
SCALES: dict[str, World] = {
    "seconds since 1970": World(in_units(walk(400), 10, 1.7e9), table()),
    "changes of a large counter": World(in_units(walk(400), 5, 5e8), table(predict="change")),
    "huge": World(in_units(walk(400), 1e25), table()),
    "tiny": World(in_units(walk(400), 1e-25), table()),
}


NPZ = {"kind": "arrays", "path": "rows.npz"}
SHORT = list(range(0, 480, 12))
LENGTHS = (150, 1, 150, 150, 1, 140)
TEXT = "\f".join("".join(np.random.default_rng(n).choice(list("abba cd"), length)) for n, length in enumerate(LENGTHS))
ARRAYS: dict[str, World] = {
    "one record": World(arrays(400, [0]), NPZ),
    "long sequences": World(arrays(480, [0, 170, 300]), NPZ),
    "short sequences": World(arrays(480, SHORT), NPZ),
    "labels at the end": World(arrays(480, SHORT, classes=True), NPZ | {"score": "sequence_end"}),
    "numbered classes": World(arrays(480, [0, 170, 300], classes=True), NPZ),
    "far from zero": World(arrays(400, [0], size=10, offset=1.7e9), NPZ),
}
WORLDS = {
    **TABLES,
    **SCALES,
    **LOSSES,
    **HORIZONS,
    **LOGARITHMS,
    **GROUPS,
    **ASKED,
    **ARRAYS,
    "text": World(TEXT, {"kind": "text", "path": "rows.txt"}),
}


class Prepared(NamedTuple):
    """A world's data as a study reads them, and a worker that has compiled what they need."""

    data: Any
    dataset: Dataset
    trainer: Trainer


@cache
def prepared(kind: str) -> Prepared:
    """Of each world only once, as compiling takes seconds."""
    world = WORLDS[kind]
    data = TypeAdapter(DataConfig).validate_python(world.data)
    with TemporaryDirectory() as folder:
        world.write(Path(folder))
        dataset = sources.load(data, Path(folder))
    return Prepared(data, dataset, Trainer(dataset, Objective()))


class Trained(NamedTuple):
    """The forecaster of a trained trial, its dataset, and its test scores."""

    forecaster: Forecaster
    dataset: Dataset
    test: TestScores


def trained(kind: str, arm: str) -> Trained:
    """A trial of this arm on this world's data."""
    data, dataset, trainer = prepared(kind)
    fields = {"units": 5, "window": 6, "batch_size": 4, "epochs": 2, "learning_rate": 0.02, **ARMS[arm]}
    spec = canonical(TrialSpec(**fields), dataset.train)
    segment = trainer.train(spec, 0, None, 1e9, test=True)
    assert segment.test is not None
    weights = Checkpoint.from_bytes(segment.checkpoint).best
    return Trained(Forecaster(Recipe.of("walk", spec, data, dataset), weights), dataset, segment.test)
