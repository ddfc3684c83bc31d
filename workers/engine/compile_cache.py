"""XLA's cache on disk: what one worker has compiled, no other one on the machine compiles again, nor the next study.

The programs in it are run as they are, so its folder is this user's alone, and each file that is found there is
compared with a digest that was taken when it was written: what a crash has torn is compiled anew. TensorFlow reads and
writes the files (--tf_xla_persistent_cache_directory). It finds them by the names within a program too, which is why
those are made to depend on nothing but the program.
"""

import hashlib
import os
import platform
import stat
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from importlib.metadata import version
from pathlib import Path

from workers.versions import KERNEL

VARIABLE = "SWEEP_CACHE"  # names the folder; empty: no cache
FLAGS = "TF_XLA_FLAGS"  # TensorFlow reads them at its import
DIRECTORY_FLAG = "--tf_xla_persistent_cache_directory"
DIGEST = ".digest"  # ends the name of the file with an entry's digest
MAX_BYTES = 128 * 2**20  # of all entries, some hundred signatures; the oldest are removed
PROBE_BYTES = 4 * 2**20  # must fit on the disk at the start
STALE_SECONDS = 3600.0  # after which a file that nobody has finished is nobody's
NAMES_APART = 2**20  # the names of a traced function are numbered within so many
PROCESS_APART = 2**53  # and each further one of the same program begins so many later

_folder: Path | None = None  # in use by this process
_traced: Counter[int] = Counter()  # how often each number has begun the names of a function


class CompileCacheFailed(Exception):
    """The cache cannot be written any more, so that TensorFlow cannot compile in this process."""


def use() -> None:
    """Use the cache in this process from now on; to be called before TensorFlow is imported, with XLA's flags set.

    Where there is no place for it that is this user's alone, or a user has set one of TensorFlow's own, nothing
    changes.
    """
    global _folder  # noqa: PLW0603  (a process has one, as XLA reads its flags once)
    flags = os.environ.get(FLAGS, "")
    chosen = _place()
    if chosen is None or DIRECTORY_FLAG in flags:
        return
    with suppress(OSError):
        _make_private(chosen)
        _probe(chosen)
        remove_unsound(chosen)
        _remove_oldest(chosen)
        os.environ[FLAGS] = f"{flags} {DIRECTORY_FLAG}={chosen}".strip()
        _folder = chosen


def is_used() -> bool:
    """Whether this process uses it."""
    return _folder is not None


def forget_names() -> None:
    """Let the names of the next model depend on no model before, if the cache is used."""
    if _folder is not None:
        import keras  # noqa: PLC0415

        keras.utils.clear_session(free_memory=False)


@contextmanager
def names_of(program: str) -> Iterator[None]:
    """Let what is traced within the block have names that depend on `program` alone, if the cache is used.

    program: all that tells it from other programs
    """
    if _folder is None:
        yield
        return
    from workers.engine.tensorflow_private import names_counted_from  # noqa: PLC0415  (imports TensorFlow)

    number = int.from_bytes(hashlib.blake2b(program.encode(), digest_size=4).digest())
    _traced[number] += 1
    with names_counted_from(PROCESS_APART * _traced[number] + number * NAMES_APART):
        yield


def compiled(call: Callable[[], object]) -> None:
    """Make a call that compiles, and see to what it leaves in the cache.

    Raises CompileCacheFailed where the cache cannot be written any more, and what the call raises.
    """
    if _folder is None:
        call()
        return
    try:
        call()
    except Exception:  # noqa: BLE001  (of TensorFlow; a file may be torn, or have just been removed by another process)
        remove_unsound(_folder)
        try:
            call()
        except Exception as error:
            if str(_folder) in str(error):
                raise CompileCacheFailed(f"the cache of compiled programs cannot be written: {error}") from None
            raise
    with suppress(OSError):
        _sign(_folder)


def remove_unsound(folder: Path) -> None:
    """Remove what has no digest, or another one. Of a file that another process is just writing that is no harm."""
    for entry in _entries(folder):
        with suppress(OSError):
            if not _is_sound(entry):
                entry.unlink()
                _digest_of(entry).unlink(missing_ok=True)
    for path in folder.iterdir():
        with suppress(OSError):
            orphaned = path.name.endswith(DIGEST) and not path.with_name(path.name.removesuffix(DIGEST)).exists()
            stale = path.suffix == ".tmp" and time.time() - path.stat().st_mtime > STALE_SECONDS
            if orphaned or stale:
                path.unlink()


def _place() -> Path | None:
    """The folder for this machine's kind of processor and these versions; None where there is to be none."""
    named = os.environ.get(VARIABLE)
    if named == "":
        return None
    try:
        base = Path(named) if named else Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "sweep"
    except RuntimeError:  # nobody knows where this user is at home
        return None
    kind = [*map(version, ("tensorflow", "keras")), str(KERNEL), platform.machine(), _processor()]
    flags = [os.environ.get(name, "") for name in ("XLA_FLAGS", FLAGS, "TF_ENABLE_ONEDNN_OPTS")]
    return base / "compiled" / hashlib.blake2b("\n".join([*kind, *flags]).encode(), digest_size=8).hexdigest()


def _processor() -> str:
    """What the processor can do: code that was compiled for another one may not run."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    telling = ("model name", "flags", "Features", "CPU part")
    return "\n".join(sorted({line for line in lines if line.startswith(telling)}))


def _make_private(folder: Path) -> None:
    """Make the folder; raises OSError where others may write to it."""
    folder.parent.parent.mkdir(parents=True, exist_ok=True)
    for path in (folder.parent, folder):
        path.mkdir(mode=stat.S_IRWXU, exist_ok=True)
        found = path.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
            raise PermissionError(f"{path} is another user's, or no folder")
        path.chmod(stat.S_IRWXU)


def _probe(folder: Path) -> None:
    """Raises OSError where there is no room: TensorFlow would fail to compile instead."""
    path = folder / f"probe-{os.getpid()}.tmp"
    try:
        path.write_bytes(bytes(PROBE_BYTES))
    finally:
        path.unlink(missing_ok=True)


def _remove_oldest(folder: Path) -> None:
    """Remove what was not used for the longest time, until the rest is no more than MAX_BYTES."""
    found = []
    for entry in _entries(folder):
        with suppress(OSError):
            status = entry.stat()
            found.append((max(status.st_atime, status.st_mtime), status.st_size, entry))
    total = 0
    for _, size, entry in sorted(found, reverse=True):
        total += size
        if total > MAX_BYTES:
            entry.unlink(missing_ok=True)
            _digest_of(entry).unlink(missing_ok=True)


def _sign(folder: Path) -> None:
    """Note the digests of new entries."""
    for entry in _entries(folder):
        digest = _digest_of(entry)
        if not digest.exists():
            temporary = digest.with_name(f"{digest.name}-{os.getpid()}.tmp")
            temporary.write_bytes(_digest(entry))
            temporary.replace(digest)


def _is_sound(entry: Path) -> bool:
    digest = _digest_of(entry)
    return digest.exists() and digest.read_bytes() == _digest(entry)


def _digest(entry: Path) -> bytes:
    status = entry.stat()
    digest = hashlib.blake2b(entry.read_bytes()).hexdigest().encode()
    os.utime(entry, ns=(status.st_atime_ns, status.st_mtime_ns))  # this was no use of it
    return digest


def _digest_of(entry: Path) -> Path:
    return entry.with_name(entry.name + DIGEST)


def _entries(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.pb"))
