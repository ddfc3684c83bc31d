"""What to do about a file that cannot be written, by the reason why it cannot."""

import errno

GOES_ON = "the same command continues"
ROOM = f"Make room, and {GOES_ON}."
PERMISSION = f"Let it be written to (its permissions, or how its disk is mounted), and {GOES_ON}."
FOLDER = f"Put its folder back, and {GOES_ON}."
DISK = f"See what ails the disk; then {GOES_ON}."

_BY_ERRNO = {
    **dict.fromkeys((errno.ENOSPC, errno.EDQUOT, errno.EFBIG), ROOM),
    **dict.fromkeys((errno.EACCES, errno.EPERM, errno.EROFS), PERMISSION),
    **dict.fromkeys((errno.ENOENT, errno.ENOTDIR), FOLDER),
}


def remedy(error: OSError) -> str:
    """What to do about this error, in a sentence."""
    return _BY_ERRNO.get(error.errno or 0, DISK)


_ADVICE_BY_ERRNO = {
    **dict.fromkeys((errno.ENOSPC, errno.EDQUOT, errno.EFBIG), "make room there, or name another place"),
    **dict.fromkeys((errno.EACCES, errno.EPERM, errno.EROFS), "let it be written to, or name another place"),
    errno.ENOENT: "make its folder, or name another place",
    errno.ENOTDIR: "a file is where a folder should be; name another place",
    errno.EISDIR: "it is a folder; name a file in it",
    errno.ENAMETOOLONG: "give it a shorter name",
}


def advice(error: OSError) -> str:
    """What to do about this error of a place that the user has named, as the end of a sentence."""
    return _ADVICE_BY_ERRNO.get(error.errno or 0, "name another place")
