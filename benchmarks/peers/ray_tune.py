"""Ray Tune with OptunaSearch and MLflowLoggerCallback; --tuned with every speed-up that its documentation names."""

import json
import logging
import os
import sys
from pathlib import Path
from typing import Any

os.environ["RAY_AIR_NEW_OUTPUT"] = "0"
if "--tuned" in sys.argv:
    os.environ["RAY_preload_python_modules"] = "tensorflow"  # noqa: SIM112  (Ray reads it so)
    os.environ["TUNE_DISABLE_AUTO_CALLBACK_LOGGERS"] = "1"

import ray
from ray import tune
from ray.air.integrations.mlflow import MLflowLoggerCallback
from ray.tune.search.optuna import OptunaSearch

from benchmarks.peers import workload


def one_thread() -> None:
    """As many threads as the trial has processors."""
    import tensorflow as tf  # noqa: PLC0415  (in the worker)

    if not tf.config.threading.get_intra_op_parallelism_threads():
        tf.config.threading.set_intra_op_parallelism_threads(1)
        tf.config.threading.set_inter_op_parallelism_threads(1)


def train(config: dict[str, Any], trials: int) -> None:
    """A trial as a function, which reports each epoch."""
    one_thread()
    each = workload.configurations(trials)[config["number"]]
    workload.fit(each, lambda epoch, loss: tune.report({"loss": loss, "epoch": epoch}))


class Warm(tune.Trainable):
    """A trial as a class, whose actor the next trial takes over."""

    def setup(self, config: dict[str, Any], trials: int) -> None:  # type: ignore[override]
        """See tune.Trainable."""
        one_thread()
        self.wanted, self.configurations = config, workload.configurations(trials)

    def reset_config(self, new_config: dict[str, Any]) -> bool:
        """See tune.Trainable."""
        self.wanted = new_config
        return True

    def save_checkpoint(self, checkpoint_dir: str) -> dict[str, Any]:
        """See tune.Trainable."""
        return {}

    def load_checkpoint(self, checkpoint: dict[str, Any] | None) -> None:
        """See tune.Trainable."""

    def step(self) -> dict[str, Any]:
        """All epochs, since a trial's own overhead is once a step."""
        seen: list[float] = []
        workload.fit(self.configurations[self.wanted["number"]], lambda _, loss: seen.append(loss))
        return {"loss": seen[-1], "done": True}


def main(trials: int, *, tuned: bool) -> None:
    """Train them all."""
    ray.init(
        "local", num_cpus=workload.WORKERS, include_dashboard=False, logging_level=logging.ERROR, log_to_driver=False
    )
    points = [{"number": number} for number in range(trials)]
    search = OptunaSearch(metric="loss", mode="min", points_to_evaluate=points)
    trainable = tune.with_parameters(Warm if tuned else train, trials=trials)
    mirror = MLflowLoggerCallback(tracking_uri=f"sqlite:///{Path.cwd()}/mlflow.db", experiment_name="peer")
    results = tune.Tuner(
        tune.with_resources(trainable, {"cpu": 1}),
        param_space={"number": tune.randint(0, trials)},
        tune_config=tune.TuneConfig(
            metric="loss",
            mode="min",
            search_alg=search,
            num_samples=trials,
            max_concurrent_trials=workload.WORKERS,
            reuse_actors=tuned,
        ),
        run_config=tune.RunConfig(verbose=0, storage_path=str(Path.cwd()), callbacks=[mirror]),
    ).fit()
    best = (results.get_best_result().metrics or {})["loss"]
    print(json.dumps({"trials": len(results) - results.num_errors, "best": best}))


if __name__ == "__main__":
    main(int(next(each for each in sys.argv[1:] if each.isdigit())), tuned="--tuned" in sys.argv)
