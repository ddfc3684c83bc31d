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
