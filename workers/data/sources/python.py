"""A function of the user's own that returns the arrays; its module is found beside the study file or on the path."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field

from workers.data.own_code import PATH, function, own_code
from workers.data.sources import arrays
from workers.data.sources.fields import ScoredKind
from workers.data.timeline import Timeline
from workers.errors import DataError

FACTORY = "data.factory"


class Python(ScoredKind):
    """The fields of `kind: python`."""

    kind: Literal["python"] = "python"
    factory: Annotated[str, Field(pattern=PATH)]  # module:function
    arguments: dict[str, Any] = Field(default_factory=dict)

    def load(self, folder: Path) -> Timeline:
        """The timeline of the arrays that the factory returns, as those of `kind: arrays`.

        Raises DataError when there is no such module or function, when it raises, and when it returns anything else.
        """
        with own_code(self.factory, folder, FACTORY, "data.arguments"):
            returned = function(self.factory, folder, FACTORY)(**self.arguments)
            if not isinstance(returned, Mapping):
                what = f"{self.factory} returned {type(returned).__name__}, not a mapping with features and targets"
                raise DataError(what, FACTORY)
            # Within, since arrays that are made when they are asked for are the user's code as well.
            return arrays.timeline(returned, self, f"what {self.factory} returned", FACTORY)
