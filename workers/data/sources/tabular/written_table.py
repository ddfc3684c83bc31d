"""How the file of a table is written: the fields of the study file that say so."""

from pathlib import Path
from typing import Annotated

from pydantic import Field, ValidationInfo, field_validator

from workers.data.sources.fields import UNSAID, ScoredKind
from workers.data.sources.tabular.csv_parquet import is_parquet
from workers.data.sources.tabular.dialect import PLAIN, Dialect, Encoding, NumberSign, Separator, python_encoding
from workers.errors import DataError
from workers.wording import listed


class WrittenTable(ScoredKind):
    """The fields of `kind: table` that say how a CSV file is written."""

    separator: Annotated[Separator | None, UNSAID] = None
    decimal: Annotated[NumberSign | None, UNSAID] = None
    thousands: Annotated[NumberSign | None, UNSAID] = None
    encoding: Annotated[Encoding | None, UNSAID] = None
    header: Annotated[int | None, Field(ge=1), UNSAID] = None  # the line, from 1
    units_row: Annotated[bool, UNSAID] = False

    @field_validator("thousands")
    @classmethod
    def _told_apart(cls, thousands: str | None, info: ValidationInfo) -> str | None:
        if thousands is not None and thousands == (info.data.get("decimal") or "."):
            raise ValueError(f"'{thousands}' is what stands before decimals; say another sign in decimal")
        return thousands

    @property
    def dialect(self) -> Dialect:
        """How the file is written."""
        return Dialect(
            separator=self.separator or PLAIN.separator,
            decimal=self.decimal or PLAIN.decimal,
            thousands=self.thousands or PLAIN.thousands,
            encoding=python_encoding(self.encoding) if self.encoding else PLAIN.encoding,
            header=self.header or PLAIN.header,
            units_row=self.units_row,
        )

    def refuse_other_files(self, path: Path) -> None:
        """Raises DataError where the fields are said of a Parquet file."""
        if is_parquet(path) and self.dialect != PLAIN:
            said = [name for name in vars(self.dialect) if getattr(self, name) not in (None, False)]
            what = f"{listed(said)} is of CSV files, and this is Parquet; leave it out"
            raise DataError(f"{path}: {what}", f"data.{said[0]}")
