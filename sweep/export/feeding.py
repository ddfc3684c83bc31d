"""How the bare Keras models are fed, in sentences: what happens to the state, and when, for each policy."""

from collections.abc import Callable, Mapping

from workers.forecasting.recipe import Recipe
from workers.plans.policies import POLICIES
from workers.spec import TrialSpec

RESET = "reset_state() of each recurrent layer"
AT_SEQUENCES = f"Call {RESET} before the first row of each sequence, and nowhere else."
ON = "from one sequence of a group to the next too"


def _every_n(spec: TrialSpec) -> str:
    rows = spec.reset_interval * spec.window
    return f"Call {RESET} before the first row of each sequence, and then after every {rows:,} rows of it."


def _on(_spec: TrialSpec) -> str:
    return f"Call {RESET} before the first row of each group; state is carried on, {ON}."


def _by_chance(spec: TrialSpec) -> str:
    return (
        f"In training state was reset by chance, after {spec.window} rows with probability {spec.reset_probability:g};"
        " the forecaster resets where numbers drawn once and for all say so. Prefer it to the bare model."
    )


def _decaying(spec: TrialSpec) -> str:
    return (
        f"Before the first row of each sequence, and after every {spec.window:,} rows of it, multiply each state by"
        f" {spec.state_decay:g}; call {RESET} before the first row of each group."
    )


STREAMING: Mapping[str, Callable[[TrialSpec], str]] = {
    "every_batch": lambda spec: f"Call {RESET} after every {spec.window:,} rows.",
    "every_n_batches": _every_n,
    "every_sequence": lambda _spec: AT_SEQUENCES,
    "every_epoch": _on,
    "never": _on,
    "random": _by_chance,
    "decay": _decaying,
}


def streaming(recipe: Recipe) -> str:
    """When the state of the streaming model is reset."""
    spec = recipe.spec
    if not spec.stateful:
        return (
            "This model was trained without carried state, so streaming.keras is not how it was judged: call"
            f" {RESET} before every forecast and give it the last {spec.window:,} rows, or use batch.keras."
        )
    whole = POLICIES[spec.reset_policy].spans_lanes and recipe.whole_lanes
    return AT_SEQUENCES if whole else STREAMING[spec.reset_policy](spec)


def batch(recipe: Recipe) -> str:
    """What a row of a batch is."""
    spec = recipe.spec
    if not spec.stateful:
        return (
            f"A row is the last {spec.window:,} rows of a sequence, or all that there are; its last output is the"
            " forecast. The state is zero at its beginning, as in training."
        )
    return "A row is what came since the last reset, up to now: the state is zero at its beginning, and carried in it."


def given(recipe: Recipe) -> str:
    """The inputs of both models."""
    if recipe.alphabet:
        return "characters as their numbers in Unicode, shape (batch, rows, 1), int32"
    names = ", ".join(recipe.input_names)
    return f"{names}, in this order and in their own units, shape (batch, rows, {recipe.n_features}), float32"


def made(recipe: Recipe) -> str:
    """Their outputs."""
    if recipe.alphabet:
        order = 'in the order of model.get_layer("characters").get_vocabulary()'
        return f"the probabilities of the next character, {order}"
    if recipe.class_names:
        return f"the probabilities of {', '.join(recipe.class_names)}, in this order"
    names = ", ".join(recipe.target_names)
    if getattr(recipe.data, "predict", "level") == "change":
        return f"how much {names} will have changed: add the present value, as the forecaster does"
    return f"{names}, in their own units"
