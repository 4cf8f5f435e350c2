"""Exits with 0 if the service of this container is ready, else with 1: the image's health check.

Bare sockets, since importing an HTTP client takes longer than the request.
"""

import os
import socket
import sys

REQUEST = b"GET /healthz/ready HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n"
TIMEOUT_S = 4.0


def is_ready(port: int) -> bool:
    """Return whether /healthz/ready at this port of the container answers 200."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT_S) as connection:
            connection.settimeout(TIMEOUT_S)
            connection.sendall(REQUEST)
            return connection.recv(16).startswith(b"HTTP/1.1 200")
    except OSError:
        return False


if __name__ == "__main__":
    sys.exit(0 if is_ready(int(os.environ.get("ZITAG_PORT") or 8000)) else 1)
