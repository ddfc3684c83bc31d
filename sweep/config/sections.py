"""The sections of a study file that say what is tried."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Discriminator, Field, Tag, model_validator

from sweep.config.space import Range, typed
from sweep.config.strategies import Sampler, Tpe
from workers.spec import TrialSpec

SECTIONS = ("trial", "space", "enqueue")


class Section(BaseModel):
    """A mapping in the study file: strict, and without fields that mean nothing."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


class Enqueued(Section):
    """A configuration to try first: the fields that it gives, and perhaps a name."""

    name: Annotated[str, Field(min_length=1, max_length=100)] | None = None
    parameters: Mapping[str, Any]

    @model_validator(mode="before")
    @classmethod
    def _apart(cls, given: Any) -> Any:
        if not isinstance(given, dict):
            return given
        return {
            "name": given.get("name"),
            "parameters": {name: value for name, value in given.items() if name != "name"},
        }


def _form(entry: Any) -> str | None:
    return "[range]" if isinstance(entry, dict | Range) else "[choices]" if isinstance(entry, list | tuple) else None


SpaceEntry = Annotated[
    Annotated[tuple[Any, ...], Field(strict=False), Tag("[choices]")] | Annotated[Range, Tag("[range]")],
    Discriminator(
        _form,
        custom_error_type="space_entry",
        custom_error_message="should be a list of choices or a range {low, high}; a single value belongs in trial",
    ),
]


class Search(Section):
    """Who suggests, what is searched, what holds for the rest, and what is tried first."""

    sampler: Sampler = Tpe()
    trial: TrialSpec = TrialSpec()
    space: Annotated[Mapping[str, SpaceEntry], AfterValidator(typed)] = {}
    enqueue: Annotated[tuple[Enqueued, ...], Field(strict=False)] = ()  # YAML has lists
