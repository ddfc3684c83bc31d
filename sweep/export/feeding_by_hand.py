"""How the bare Keras models are fed, in sentences: what happens to the state, and when, for each policy."""

from workers.data.sources.table import BY_GROUP, Table
from workers.forecasting.package import STREAMING, networks
from workers.forecasting.recipe import Recipe
from workers.forecasting.standalone.program import RESET, resets_by_hand

IN_RECIPE = "means and deviations are `group_scale` in forecaster/recipe.json"


def streaming(recipe: Recipe) -> str:
    """When the state of the streaming model is reset; empty where there is none."""
    spec = recipe.spec
    if STREAMING not in networks(spec):
        return ""
    if not spec.stateful:
        return (
            "This model was trained without carried state, so streaming.keras is not how it was judged: call"
            f" {RESET} before every forecast and give it the last {spec.window:,} rows, or use batch.keras."
        )
    return resets_by_hand(spec, whole_lanes=recipe.whole_lanes)


def batch(recipe: Recipe) -> str:
    """What a row of a batch is."""
    spec = recipe.spec
    if spec.bidirectional:
        return (
            f"A row is the last {spec.window:,} rows of a sequence, or all that there are, with no padding; it is read"
            " both ways, from zero state. The outputs, shape (batch, outputs), are the forecast of its last row: of an"
            " earlier one there is none, since it would know what comes."
        )
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
    every = recipe.data.resample if isinstance(recipe.data, Table) else None
    rows = f"; a row is the mean of {every}, up to and with its end" if every else ""
    shape = f"shape (batch, rows, {recipe.n_features}), float64"
    return f"{names}, in this order and in their own units, {shape}{rows}{_made_inputs(recipe)}"


def _made_inputs(recipe: Recipe) -> str:
    """What the inputs are that no column has."""
    if not isinstance(recipe.data, Table):
        return ""
    zone = recipe.data.when.zone if recipe.data.when else None
    told = (entry.by_hand(recipe.categories, zone) for entry, _ in recipe.entries)
    by_group = f"; {BY_GROUP.strip()}: less the mean of the group, and divided by its deviation; {IN_RECIPE}"
    return "".join(f"; {each}" for each in told if each) + (by_group if recipe.group_scale else "")


def made(recipe: Recipe) -> str:
    """Their outputs."""
    if recipe.alphabet:
        order = 'in the order of model.get_layer("characters").get_vocabulary()'
        return f"the probabilities of the next character, {order}"
    if recipe.class_names:
        return f"the probabilities of {', '.join(recipe.class_names)}, in this order"
    names = ", ".join(recipe.loss.columns(recipe.target_names))
    if recipe.group_scale:
        return f"{_learnt(recipe)}{names} in the scale of the group: times its deviation, plus its mean; {IN_RECIPE}"
    if getattr(recipe.data, "predict", "level") == "change":
        if grown := getattr(recipe.data, "grown", ""):
            return f"by which factor {grown} of {names} will have grown"
        return f"how much {names} will have changed: add the present value, as the forecaster does"
    return f"{names}, in their own units"


def _learnt(recipe: Recipe) -> str:
    """What is forecast of targets, before their names."""
    change = "the change of " if getattr(recipe.data, "predict", "level") == "change" else ""
    transform = getattr(recipe.data, "transform", None)
    return f"{change}{f'the {transform} of ' if transform else ''}"
