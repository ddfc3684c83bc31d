"""Small tables that tests are built from."""

from pathlib import Path
from tempfile import TemporaryDirectory

from workers.data.sources.table import Table
from workers.data.timeline import Timeline

TWO_GROUPS = "g,x,y\na,1,10\na,2,20\na,3,30\nb,4,40\nb,5,50\n"


def table(text: str | bytes, name: str = "data.csv", **fields: object) -> Timeline:
    """The timeline of a file with this content; by default `x` is the input and `y` the target."""
    with TemporaryDirectory() as folder:
        (Path(folder) / name).write_bytes(text if isinstance(text, bytes) else text.encode())
        return Table.model_validate({"path": name, "inputs": ["x"], "targets": ["y"], **fields}).load(Path(folder))


def minutes(*values: int) -> str:
    """Rows at these minutes past midnight, in which x and y are 0, 1, 2 and so on."""
    rows = [f"2024-03-31 {m // 60:02}:{m % 60:02}:00,{i},{i}" for i, m in enumerate(values)]
    return "\n".join(["t,x,y", *rows])
