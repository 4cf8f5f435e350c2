"""The server: uvicorn around the application, and what a process is told by signals.

SIGTERM, SIGINT   not ready -> accepted requests finish -> exit 0 (a second one: exit 0 at once)
SIGHUP            load the bundle anew
"""

import asyncio
import contextlib
import gc
import logging
import os
import resource
import signal
import socket
import sys
import threading
import time
from collections.abc import Generator
from functools import partial

import uvicorn

from app.application import create_app
from app.http.bounds import RESERVE, Bounds
from app.http.listeners import ListenError, open_listeners
from app.http.protocol import HttpConnection
from app.http.routing import reserve_paths
from app.http.sweep import sweep_connections
from app.loader import Load, load_serving
from app.logs import configure_logs
from app.memory import share_arenas
from app.problems import Problem
from app.service import LOADING, Service
from app.settings import Settings, SettingsError
from app.signals import ENDING, end_at_once, heed_signals
from model.machine.command import ExitCode
from model.machine.cpus import count_cpus

logger = logging.getLogger("zitag")

# After SIGTERM, connections that are busy learn with their next answer that this server closes them; one that is
# silent for this long has nothing on its way, so that closing it loses nothing.
_LINGER_S = 0.3
_TICK_S = 0.02
_RELOAD_RETRY_S = 0.1
_SWEEP_TICKS = 10  # uvicorn ticks every 0.1 s
# New objects until garbage is looked for. Requests leave next to none; at Python's 700 the looking took 7 % of all
# processor time.
_GC_THRESHOLD = 20_000
# Open files that are no connection within ZITAG_MAX_CONNECTIONS: about 30, those of a bundle, and the reserve.
_OTHER_FILES = 64 + RESERVE


class Server(uvicorn.Server):
    """uvicorn's server, which drains before it stops."""

    def __init__(self, config: uvicorn.Config, service: Service) -> None:
        super().__init__(config)
        self.service = service
        self._draining: asyncio.Task[None] | None = None
        self._reloading: asyncio.Task[None] | None = None
        self._reload_again = False

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Answer signals while serving. uvicorn would raise them again at the end and not exit with 0."""
        loop = asyncio.get_running_loop()
        handlers = {
            signal.SIGTERM: self._begin_drain,
            signal.SIGINT: self._begin_drain,
            signal.SIGHUP: self._reload,
        }
        for number, handler in handlers.items():
            loop.add_signal_handler(number, handler)
        try:
            yield
        finally:
            for number in handlers:
                loop.remove_signal_handler(number)
            heed_signals()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, and say where."""
        settings = self.service.settings
        try:
            sockets = open_listeners(settings.host, settings.port)
        except ListenError as error:
            logger.error("cannot listen on %s; set ZITAG_HOST and ZITAG_PORT to what is free", error)
            raise SystemExit(ExitCode.MENDABLE) from None
        await super().startup(sockets)
        for listener in (listener for server in self.servers for listener in server.sockets):
            host, port = listener.getsockname()[:2]
            shown = f"[{host}]" if ":" in host else host
            logger.info("listening on http://%s:%d", shown, port, extra={"fields": {"port": port}})

    async def on_tick(self, counter: int) -> bool:
        """Look after connections, and stop if there is no bundle to serve."""
        if counter % _SWEEP_TICKS == 0:
            sweep_connections(self.server_state.connections)
        if self.service.load_error is not None:
            return True
        return await super().on_tick(counter)

    def _begin_drain(self) -> None:
        for number in ENDING:  # a busy event loop must not hold up the second one
            asyncio.get_running_loop().remove_signal_handler(number)
            signal.signal(number, end_at_once)
        logger.info("draining: %d requests are unanswered", self.service.batcher.unanswered)
        self.service.drain_begun.set()
        self._draining = asyncio.create_task(self._drain())

    async def _drain(self) -> None:
        """Wait until every accepted request is answered or the grace is over, then let uvicorn close."""
        begun = time.monotonic()
        end = begun + self.service.settings.drain_s
        while time.monotonic() < end:
            await asyncio.sleep(_TICK_S)
            if time.monotonic() - begun >= _LINGER_S and not self.service.batcher.unanswered:
                break
        # What is left of the grace is uvicorn's, for answers that are on their way.
        self.config.timeout_graceful_shutdown = max(1, round(end - time.monotonic()))
        self.should_exit = True

    def _reload(self) -> None:
        self._reload_again = True
        if self._reloading is None or self._reloading.done():
            self._reloading = asyncio.create_task(self._reload_quietly())

    async def _reload_quietly(self) -> None:
        """Load until a load began after the last SIGHUP: one that ran already may have read an older bundle."""
        while self._reload_again:
            self._reload_again = False
            try:
                await self.service.reload()
            except Problem as problem:
                if problem.code == "reload_running":
                    self._reload_again = True
                    await asyncio.sleep(_RELOAD_RETRY_S)
                else:
                    logger.warning("SIGHUP: %s: %s", problem.code, problem.detail)


def serve(settings: Settings, load: Load = load_serving) -> int:
    """Serve until told to stop; return the exit code."""
    log = configure_logs(settings.log_level, settings.log_text)
    try:
        allow_connections(settings.max_connections)
    except SettingsError as error:
        print(error, file=sys.stderr)
        return ExitCode.MENDABLE
    gc.set_threshold(_GC_THRESHOLD)
    share_arenas(settings.threads or count_cpus())
    app = create_app(settings, load=load)
    service: Service = app.state.service
    log.on_dropped = service.metrics.log_line_dropped
    bounds = Bounds(
        settings.max_connections, settings.keep_alive_s, service.metrics.rejected, reserve_paths(app.routes)
    )
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        http=partial(HttpConnection, bounds=bounds),  # type: ignore[arg-type]  # anything that makes a protocol
        ws="none",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
    )
    if not settings.keys():
        logger.warning("no API key is set: everyone who reaches this server may use it")
    server = Server(config, service)
    server.run()
    code = ExitCode.FINE if service.load_error is None else ExitCode.MENDABLE
    if any(thread.name == LOADING for thread in threading.enumerate()):
        # Python's end would pull the interpreter from under a thread that loads: a crash more often than not.
        logging.shutdown()
        os._exit(code)
    return code


def allow_connections(count: int) -> None:
    """Raise this process's limit of open files to hold so many connections. Raises SettingsError."""
    wanted = count + _OTHER_FILES
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < wanted:
        raise SettingsError(
            f"ZITAG_MAX_CONNECTIONS: expected at most {max(0, hard - _OTHER_FILES)} where {hard} files may be open,"
            f" got {count}; set it lower, or raise the limit (ulimit -Hn, docker --ulimit nofile, LimitNOFILE=)"
        )
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
