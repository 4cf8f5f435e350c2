"""Which connections are cut off because their clients keep them busy with nothing.

connection, now --sweep--> left alone, closed, or cut off
"""

import asyncio
import logging
import socket
import struct
import time
from collections.abc import Iterable

from app.http.protocol import HttpConnection

logger = logging.getLogger("zitag")

# How long a client may take to send headers, to read some of an answer, or to begin after it connected: 10 s, of which
# one may pass until somebody looks.
MAX_WAIT_S = 9.0
RESERVE_WAIT_S = 2.0
# A client that sends no more may still want its answer (`nc -N`) or may be gone, which looks the same from here.
# Nearly every answer is ready in this time; after it, a place in the queue is worth more.
HALF_CLOSED_S = 5.0
_RESET = struct.pack("ii", 1, 0)  # on, after 0 s


def sweep_connections(connections: Iterable[object]) -> None:
    """Cut off the connections that have been idle for too long. To be called every second or so."""
    now = time.monotonic()
    for connection in list(connections):
        if not isinstance(connection, HttpConnection):
            continue
        try:
            sweep(connection, now)
        except Exception:  # it would end the server, and with it all other connections
            logger.exception("a connection could not be looked after")


def sweep(connection: HttpConnection, now: float) -> None:
    """Cut a connection off whose client has taken too long: to read, to send a head, or to ask again."""
    transport = connection.transport
    unsent = transport.get_write_buffer_size()
    taken = connection.written - unsent
    if not unsent:
        connection.taken_at = now
    elif taken != connection.taken:  # the client reads
        connection.taken, connection.taken_at, connection.waiting_since = taken, now, now
    if now - connection.taken_at > MAX_WAIT_S:
        _cut_off(transport)
    elif transport.is_closing():
        return
    elif connection.is_answering:
        # Body and answer have deadlines of their own.
        if connection.half_closed_at is not None and now - connection.half_closed_at > HALF_CLOSED_S:
            _cut_off(transport)
    elif now - connection.waiting_since > _patience_s(connection):
        _cut_off(transport)


def _cut_off(transport: asyncio.Transport) -> None:
    """End a connection, and with it what waits in the kernel, which would go on to hold megabytes for its client."""
    socket_ = transport.get_extra_info("socket")
    if socket_ is not None:
        socket_.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    transport.abort()


def _patience_s(connection: HttpConnection) -> float:
    if connection.is_reserve:
        return RESERVE_WAIT_S
    return connection.bounds.keep_alive_s if connection.is_silent else MAX_WAIT_S
