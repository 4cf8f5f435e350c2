"""Ports for servers of tests, which nothing else takes between the choice and the start."""

import itertools
import os
import random
import socket

# Below those that Linux gives to outgoing connections, of which a busy machine makes thousands. Each is given once.
_ports = random.Random(os.getpid()).sample(range(10_000, 32_000), 22_000)
_candidates = itertools.cycle(_ports)


def free_port() -> int:
    """Return a port that nobody has on any address of this machine."""
    return next(port for port in _candidates if _is_free(port))


def _is_free(port: int) -> bool:
    with socket.socket() as listener:
        try:
            listener.bind(("", port))
        except OSError:
            return False
    return True
