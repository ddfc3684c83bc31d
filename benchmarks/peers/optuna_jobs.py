"""One process, study.optimize with n_jobs, Optuna's SQLite storage, MLflow after every epoch."""

import json
import sys

import mlflow
import optuna
import tensorflow as tf

from benchmarks.peers import workload


def main(trials: int) -> None:
    """Train them all."""
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(workload.WORKERS)
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    client = mlflow.MlflowClient("sqlite:///mlflow.db")
    experiment = client.create_experiment("peer")
    study = optuna.create_study(storage="sqlite:///optuna.db")
    wanted = workload.configurations(trials)
    for number in range(trials):
        study.enqueue_trial({"number": number})

    def objective(trial: optuna.Trial) -> float:
        each = wanted[trial.suggest_int("number", 0, trials - 1)]
        run = client.create_run(experiment).info.run_id
        for name, value in each.as_dict().items():
            client.log_param(run, name, value)
        seen: list[float] = []

        def report(epoch: int, loss: float) -> None:
            client.log_metric(run, "loss", loss, step=epoch)
            seen.append(loss)

        workload.fit(each, report)
        client.set_terminated(run)
        return seen[-1]

    study.optimize(objective, n_trials=trials, n_jobs=workload.WORKERS)
    print(json.dumps({"trials": len(study.trials), "best": study.best_value}))


if __name__ == "__main__":
    main(int(sys.argv[1]))
