"""How the doctor names trials."""

from sweep.core.trials import Trial


def called(trial: Trial) -> str:
    """A trial of the search or a run of the comparison."""
    return f"trial {trial.number}" if trial.stage == "search" else f"comparison run {trial.number}"
