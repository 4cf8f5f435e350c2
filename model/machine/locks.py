"""One process at a time: who comes second says so in words of its own, or waits.

open file --hold--> held until it is closed, by whoever closes it, a kill too; or another process has it
"""

import fcntl


def hold(descriptor: int, *, wait: bool = False) -> bool:
    """Return whether an open file or folder is now this process's, until it is closed; False if it is another's.

    wait: until it is free. On a file system without locks everybody is alone.
    """
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except BlockingIOError:
        return False
    except OSError:
        pass
    return True
