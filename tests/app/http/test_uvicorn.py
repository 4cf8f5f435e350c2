"""What app/server.py and app/http/protocol.py take from uvicorn beyond its documented interface."""

import inspect

import pytest
import uvicorn
from uvicorn.server import ServerState

STATE = ServerState()
CONFIG = uvicorn.Config("app")
SERVER = uvicorn.Server(CONFIG)


def has_changed(what: str) -> str:
    return (
        f"uvicorn {uvicorn.__version__} has changed {what}, on which app/server.py or app/http/protocol.py leans:"
        " mend them there, then raise the bound of uvicorn in pyproject.toml"
    )


@pytest.mark.parametrize(
    ("where", "name", "kind"),
    [
        (STATE, "connections", set),
        (STATE, "tasks", set),
        (STATE, "default_headers", list),
        (STATE, "total_requests", int),
        (CONFIG, "root_path", str),
        (CONFIG, "timeout_graceful_shutdown", (int, type(None))),
        (SERVER, "server_state", ServerState),
        (SERVER, "should_exit", bool),
        (SERVER, "force_exit", bool),
    ],
)
def test_what_is_read_and_set_is_there(where: object, name: str, kind: type) -> None:
    assert isinstance(getattr(where, name, Ellipsis), kind), has_changed(f"`{type(where).__name__}.{name}`")


@pytest.mark.parametrize(
    ("method", "phrases"),
    [
        # One protocol per connection is made so,
        ("startup", ["config.http_protocol_class(", "config=config", "server_state=", "app_state=", "_loop=_loop"]),
        # and told so that it shall close.
        ("shutdown", ["connection.shutdown()", "timeout=self.config.timeout_graceful_shutdown"]),
        ("serve", ["with self.capture_signals():"]),
        ("main_loop", ["await self.on_tick(counter)", "asyncio.sleep(0.1)"]),
        ("on_tick", ["self.server_state.default_headers ="]),
    ],
)  # fmt: skip
def test_the_server_calls_what_is_overridden(method: str, phrases: list[str]) -> None:
    source = inspect.getsource(getattr(uvicorn.Server, method))
    for phrase in phrases:
        assert phrase in source, has_changed(f"`Server.{method}`")


def test_the_application_is_where_the_protocol_takes_it_from() -> None:
    async def app(scope: object, receive: object, send: object) -> None: ...

    config = uvicorn.Config(app, log_config=None, ws="none", access_log=False, proxy_headers=False)
    config.load()
    assert config.loaded_app is app, has_changed("`Config.loaded_app`")
