"""The columns of a table that are used, from its file, from other files or from a frame."""

from dataclasses import replace
from pathlib import Path

from workers.data.sources.files import matching
from workers.data.sources.tabular.by_file import FILE, ByFile
from workers.data.sources.tabular.frames import FrameOrFile, sheet_of_frame
from workers.data.sources.tabular.sheets import Sheet, read_columns
from workers.data.sources.tabular.table_fields import TableFields


class TableFile(TableFields):
    """The fields of `kind: table`, and what they say of files."""

    def _used(self) -> dict[str, tuple[str, ...]]:
        """The columns, by the field that names them."""
        return {"data.inputs": self.input_columns, "data.targets": self.targets} | self._single()

    def _single(self) -> dict[str, tuple[str, ...]]:
        single = {"data.time": self.time_columns, "data.group": (self.group,) if isinstance(self.group, str) else ()}
        return {field: names for field, names in single.items() if names}

    def _read(self, path: Path, used: dict[str, tuple[str, ...]]) -> Sheet:
        texts = {self.group_column or "", *(self.targets if self.classes else ())}
        texts |= self.when.texts if self.when else set()
        texts |= {one.column for one in self.categorical}
        columns = [name for names in used.values() for name in names]
        sheet = read_columns(path, used, self.dialect, [name for name in columns if name in texts])
        if isinstance(self.group, ByFile):
            return replace(sheet, columns=sheet.columns.assign(**{FILE: sheet.names()}))
        return sheet

    def _given(self, given: FrameOrFile, used: dict[str, tuple[str, ...]], source: str) -> Sheet:
        if isinstance(given, Path):
            return self._read(given, used)
        used |= {"data.group": (FILE,)} if isinstance(self.group, ByFile) else {}
        return sheet_of_frame(given, used, source, self.dialect)

    def _refuse_other_fields(self, path: Path) -> None:
        """Raises DataError where a field is said that says nothing of such a file."""
        for file in matching(path):
            self.refuse_other_files(file)
