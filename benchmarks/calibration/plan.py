"""Which studies are run, how many of each, and under which heading of the page they stand."""

from collections.abc import Sequence
from dataclasses import replace

from benchmarks.calibration.conditions import Condition, MadeUp, Part, Trained
from benchmarks.calibration.made_up import Luck
from benchmarks.calibration.real import World
from benchmarks.calibration.studies import Design, InSteps

EQUAL, POWER, ARM_BY_SETTING, EQUIVALENCE = 500, 100, 500, 300  # studies of each condition
PLACEBO, STUDY_SEEDS = 40, 10
PARTS: tuple[Part, ...] = ("made-up", "steps", "placebo", "seeds")

LUCKS = {
    "seeds": Luck(seeds=0.01, test_data=0.0),
    "seeds and test data alike": Luck(seeds=0.01, test_data=0.01),
    "test data": Luck(seeds=0.003, test_data=0.01),
    "much of both": Luck(seeds=0.03, test_data=0.02),
}
SEVEN = Design(policies=("every_epoch", "never", "decay", "random", "every_n_batches"), trials=28)
STEADY = Luck(seeds=0.01, test_data=0.005)
SIZES = (0.0, 0.01, 0.02, 0.03, 0.05, 0.1)  # of an effect, as parts of the error
SEEDS, TRIALS = (5, 10, 20), (10, 20, 40)
INTERACTIONS = (0.0, 0.01, 0.02)
MARGIN, TIMES = 0.01, (1.5, 2.0, 5.0)

FACTORY = "benchmarks.calibration.signals"
WORLDS = {
    "autoregression": World({"kind": "python", "factory": f"{FACTORY}:autoregression", "arguments": {"length": 1500}}),
    "period 40, window 12": World({"kind": "python", "factory": f"{FACTORY}:sine", "arguments": {"length": 1500}}),
    "first bit": World(
        {"kind": "task", "name": "first_bit", "sequence_length": 24, "length": 2400}, policies=("every_sequence",)
    ),
    "many short sequences": World(
        {"kind": "python", "factory": f"{FACTORY}:sequences", "arguments": {"length": 1600}},
        policies=("every_sequence",),
    ),
    "random labels": World({"kind": "task", "name": "random_labels", "length": 1500}),
}
ONE_DATA_SET = ("autoregression", "period 40, window 12")


def equal(luck: str, *, crossed: bool, seven: bool = False) -> MadeUp:
    """Equal arms: four, or seven."""
    design = replace(SEVEN if seven else Design(), crossed=crossed)
    name = f"equal, {7 if seven else 4} arms, {luck}, {'crossed' if crossed else 'champions'}"
    return MadeUp(name, EQUAL, design, LUCKS[luck])


def power(size: float, seeds: int, trials: int) -> MadeUp:
    """The two arms that carry have less error by this part."""
    name = f"power, {size:.0%}, {seeds} seeds, {trials} trials"
    return MadeUp(name, POWER, Design(seeds=seeds, trials=trials), STEADY, effect=-size)


def interaction(size: float) -> MadeUp:
    """Arms that are equal on average over settings, and differ by this much from setting to setting."""
    luck = replace(STEADY, arm_by_setting=size)
    return MadeUp(f"arm by setting, {size:.0%}", ARM_BY_SETTING, Design(), luck)


def equivalence(times: float) -> MadeUp:
    """One arm that carries is worse by so many margins."""
    design = Design(policies=("every_epoch",), margin=MARGIN)
    return MadeUp(f"equivalence, {times:g} margins", EQUIVALENCE, design, STEADY, effect=times * MARGIN)


def in_steps(condition: MadeUp) -> MadeUp:
    """The same studies, whose comparisons stop when they are decided."""
    design = InSteps(**vars(condition.design))
    return replace(condition, name=f"{condition.name}, in steps", design=design, part="steps")


def stopped() -> dict[str, MadeUp]:
    """By luck or effect, those that are run in steps too."""
    usual = Design()
    sizes = {f"{size:.0%} lower error": power(size, usual.seeds, usual.trials) for size in SIZES if size}
    return {f"equal arms: {luck}": equal(luck, crossed=True) for luck in LUCKS} | sizes


def placebo(kind: str) -> Trained:
    """Each study with data of its own."""
    return Trained(f"placebo, {kind}", "placebo", PLACEBO, WORLDS[kind], anew=True)


def study_seeds(kind: str) -> Trained:
    """One data set, under study seeds of its own."""
    return Trained(f"seeds, {kind}", "seeds", STUDY_SEEDS, WORLDS[kind], anew=False)


def grid() -> list[tuple[int, int]]:
    """The seeds and trials of the studies of power: one of them is changed at a time."""
    usual = Design()
    by_seeds, by_trials = [(seeds, usual.trials) for seeds in SEEDS], [(usual.seeds, trials) for trials in TRIALS]
    return list(dict.fromkeys([*by_seeds, *by_trials]))


def everything() -> list[Condition]:
    """All of the calibration."""
    return [
        *(equal(luck, crossed=crossed) for luck in LUCKS for crossed in (True, False)),
        *(equal("seeds and test data alike", crossed=crossed, seven=True) for crossed in (True, False)),
        *(power(size, *how) for how in grid() for size in SIZES),
        *map(interaction, INTERACTIONS),
        *map(equivalence, TIMES),
        *map(in_steps, stopped().values()),
        *map(placebo, WORLDS),
        *map(study_seeds, ONE_DATA_SET),
    ]


def quick() -> list[Condition]:
    """A study or two of each part, to try the program."""
    labels = World({**WORLDS["random labels"].data, "length": 300}, trials=2, seeds=2, trial={"epochs": 1})
    record = {"kind": "python", "factory": f"{FACTORY}:autoregression", "arguments": {"length": 300}}
    return [
        replace(equal("seeds", crossed=True), planned=2),
        replace(placebo("random labels"), planned=1, world=labels),
        replace(study_seeds("autoregression"), planned=1, world=replace(labels, data=record)),
    ]


def of_parts(conditions: Sequence[Condition], parts: Sequence[str]) -> list[Condition]:
    """Those of the parts named; all of them where none is."""
    return [condition for condition in conditions if not parts or condition.part in parts]
