from __future__ import annotations

import os
import signal

import pytest

from ddsgui.commands.graceful_interrupt import GracefulInterrupt


def test_the_first_ctrl_c_asks_and_the_second_interrupts():
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt), GracefulInterrupt() as interrupt:
        assert not interrupt.is_requested
        os.kill(os.getpid(), signal.SIGINT)
        assert interrupt.is_requested
        os.kill(os.getpid(), signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is before


def test_afterwards_the_handler_is_restored():
    before = signal.getsignal(signal.SIGINT)
    with GracefulInterrupt() as interrupt:
        pass
    assert not interrupt.is_requested
    assert signal.getsignal(signal.SIGINT) is before
