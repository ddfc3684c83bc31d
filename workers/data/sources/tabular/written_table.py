"""How the file of a table is written: the fields of the study file that say so."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import Field, ValidationError, ValidationInfo, field_validator

from workers.data.sources.fields import UNSAID, Name, ScoredKind
from workers.data.sources.tabular.dialect import (
    NO_QUOTE,
    PLAIN,
    CommentSign,
    Dialect,
    Encoding,
    NumberSign,
    QuotationMark,
    Separator,
    python_encoding,
)
from workers.data.sources.tabular.formats import FORMATS, format_of
from workers.errors import DataError
from workers.wording import instead, listed


class WrittenTable(ScoredKind):
    """The fields of `kind: table` that say how its file is written."""

    separator: Annotated[Separator | None, UNSAID] = None
    decimal: Annotated[NumberSign | None, UNSAID] = None
    thousands: Annotated[NumberSign | None, UNSAID] = None
    encoding: Annotated[Encoding | None, UNSAID] = None
    header: Annotated[int | None, Field(ge=1), UNSAID] = None  # the line, from 1
    units_row: Annotated[bool, UNSAID] = False
    comment: Annotated[CommentSign | None, UNSAID] = None
    quote: Annotated[QuotationMark | None, UNSAID] = None
    sheet: Annotated[Name | None, UNSAID] = None

    @field_validator("thousands")
    @classmethod
    def _told_apart(cls, thousands: str | None, info: ValidationInfo) -> str | None:
        if thousands is not None and thousands == (info.data.get("decimal") or "."):
            raise ValueError(f"'{thousands}' is what stands before decimals; say another sign in decimal")
        return thousands

    @field_validator("comment", "quote")
    @classmethod
    def _other_than_the_separator(cls, sign: str | None, info: ValidationInfo) -> str | None:
        if sign is not None and sign == (info.data.get("separator") or PLAIN.separator):
            raise ValueError(f"'{sign}' is what parts cells; say another sign in separator")
        return sign

    @property
    def dialect(self) -> Dialect:
        """How the file is written."""
        return Dialect(
            separator=self.separator or PLAIN.separator,
            decimal=self.decimal or PLAIN.decimal,
            thousands=self.thousands or PLAIN.thousands,
            encoding=python_encoding(self.encoding) if self.encoding else PLAIN.encoding,
            header=self.header,
            units_row=self.units_row,
            comment=self.comment or PLAIN.comment,
            quote="" if self.quote == NO_QUOTE else self.quote or PLAIN.quote,
            sheet=self.sheet or PLAIN.sheet,
        )

    def written(self, fields: Mapping[str, Any]) -> Self:
        """The same, of a file that is written otherwise. Raises DataError for another field and for a wrong value."""
        may = [name for name in WrittenTable.model_fields if name not in ScoredKind.model_fields]
        for name in fields:
            if name not in may:
                raise DataError(f"data.{name}: does not say how a file is written; {instead(name, may)}")
        said = {name: getattr(self, name) for name in self.model_fields_set}
        try:
            return type(self).model_validate({**said, **fields})
        except ValidationError as error:
            first = error.errors()[0]
            what = first["msg"].removeprefix("Value error, ")
            raise DataError(f"data.{first['loc'][0]}: {what}") from None

    def refuse_other_files(self, path: Path) -> None:
        """Raises DataError where a field is said that says nothing of a file of this kind."""
        kind = format_of(path)
        said = [name for name in vars(self.dialect) if getattr(self, name) not in (None, False)]
        if vain := [name for name in said if name not in kind.said]:
            of = listed(each.what for each in FORMATS if vain[0] in each.said)
            what = f"{listed(vain)} is of {of} files, and this is {kind.what}; leave it out"
            raise DataError(f"{path}: {what}", f"data.{vain[0]}")
