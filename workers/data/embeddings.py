"""Inputs of a column of categories that a model looks up: each category has numbers of its own, which are learnt."""

from collections.abc import Sequence
from typing import NamedTuple

from workers.wording import counted


class Embedding(NamedTuple):
    """The inputs begin .. end-1, of which one is 1 and the others 0, or all 0, where a model has `size` numbers.

    name  of the column
    """

    name: str
    begin: int
    end: int
    size: int

    @property
    def said(self) -> str:
        """For people, as `shop as 4 learnt numbers`."""
        return f"{self.name} as {counted(self.size, 'learnt number')}"


def pieces(embeddings: Sequence[Embedding], n_features: int) -> list[Embedding]:
    """All inputs in order: the embeddings, and what lies between them, of size 0, which a model takes as it is."""
    found, at = list[Embedding](), 0
    for each in (*embeddings, Embedding("", n_features, n_features, 0)):
        if at < each.begin:
            found.append(Embedding("", at, each.begin, 0))
        if each.size:
            found.append(each)
        at = each.end
    return found
