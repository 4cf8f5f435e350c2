"""A connection of the service without a network: bytes in by hand, bytes out in a list."""

from typing import Any

import uvicorn

from app.http.protocol import HttpConnection


class Wire:
    """A transport that keeps what is written, as much of it unsent as the test says."""

    def __init__(self) -> None:
        self.sent = b""
        self.unsent = 0
        self.is_closed = self.is_cut = False
        self.is_reading = True

    def get_write_buffer_size(self) -> int:
        return self.unsent

    def is_closing(self) -> bool:
        return self.is_closed

    def close(self) -> None:
        self.is_closed = True

    def abort(self) -> None:
        self.is_cut = self.is_closed = True

    def write(self, data: bytes) -> None:
        assert not self.is_closed, "written to after its end"
        self.sent += data

    def get_extra_info(self, name: str) -> object:
        return None

    def pause_reading(self) -> None:
        assert self.is_reading
        self.is_reading = False

    def resume_reading(self) -> None:
        assert not self.is_reading
        self.is_reading = True


def connected(wire: Wire, app: Any) -> HttpConnection:
    """Return the connection of this wire."""
    config = uvicorn.Config(app, log_config=None)
    config.load()
    protocol = HttpConnection(config, uvicorn.server.ServerState(), {})
    protocol.connection_made(wire)
    return protocol
