"""No signal to stop is lost."""

import contextlib
import os
import signal
import threading
from collections.abc import Iterator

import pytest

from training.loop.interrupts import SIGNALS, deferred_interrupts, raise_interrupts


@pytest.fixture(autouse=True)
def handlers() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in SIGNALS}
    raise_interrupts()
    yield
    raise_interrupts()
    for number, handler in before.items():
        signal.signal(number, handler)


def swallow(number: int) -> None:
    with contextlib.suppress(KeyboardInterrupt):
        os.kill(os.getpid(), number)


@pytest.mark.parametrize(("number", "message"), [(signal.SIGINT, ""), (signal.SIGTERM, "stopped by SIGTERM")])
def test_a_signal_raises(number: int, message: str) -> None:
    with pytest.raises(KeyboardInterrupt) as error:
        os.kill(os.getpid(), number)
    assert str(error.value) == message


@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_between_is_noted_and_raises_nothing(number: int) -> None:
    with deferred_interrupts() as asked_to_stop:
        assert not asked_to_stop()
        os.kill(os.getpid(), number)
        assert asked_to_stop()
    with pytest.raises(KeyboardInterrupt):
        os.kill(os.getpid(), number)


@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_whose_exception_was_swallowed_is_still_known(number: int) -> None:
    swallow(number)
    with deferred_interrupts() as asked_to_stop:
        assert asked_to_stop()


def test_a_new_fit_starts_afresh() -> None:
    swallow(signal.SIGINT)
    raise_interrupts()
    with deferred_interrupts() as asked_to_stop:
        assert not asked_to_stop()


def test_another_thread_takes_no_signals() -> None:
    answers = []

    def work() -> None:
        with deferred_interrupts() as asked_to_stop:
            answers.append(asked_to_stop())

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert answers == [False]
