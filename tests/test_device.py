from __future__ import annotations

import ctypes
import platform
import weakref

import pytest
import torch

from ddsgui import device
from ddsgui.device import available, bfloat16_is_faster, choose, memory_guard, tune_allocator
from ddsgui.errors import DeviceError


def test_the_processor_is_always_available():
    assert available()[-1] == "cpu"
    assert choose("cpu") == torch.device("cpu")


def test_auto_takes_the_fastest(monkeypatch):
    monkeypatch.setattr(device, "available", lambda: ["mps", "cpu"])
    assert choose("auto") == torch.device("mps")


def test_an_absent_device_is_reported_with_those_of_this_computer(monkeypatch):
    monkeypatch.setattr(device, "available", lambda: ["mps", "cpu"])
    with pytest.raises(DeviceError, match=r"no cuda.*cpu or mps"):
        choose("cuda")
    with pytest.raises(DeviceError, match="no device tpu"):
        choose("tpu")


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="mallopt is glibc's")
def test_glibc_accepts_the_thresholds(monkeypatch):
    answers = []

    class Library:
        def __init__(self, name: None) -> None:
            real = LIBC(name).mallopt

            def mallopt(parameter: int, value: int) -> None:
                answers.append(real(parameter, value))

            self.mallopt = mallopt

    LIBC = ctypes.CDLL
    monkeypatch.setattr(ctypes, "CDLL", Library)
    tune_allocator()
    assert answers == [1, 1]


def test_without_glibc_the_allocator_is_not_tuned(monkeypatch):
    def fail(name: None) -> None:
        raise AssertionError("no library should be opened")

    monkeypatch.setattr(platform, "libc_ver", lambda: ("", ""))
    monkeypatch.setattr(ctypes, "CDLL", fail)
    tune_allocator()


@pytest.mark.parametrize("exhaust", [lambda: torch.empty(1 << 50), lambda: bytearray(1 << 62)])
def test_memory_that_ran_out_is_reported(exhaust):
    with pytest.raises(DeviceError, match="Memory ran out"), memory_guard():
        exhaust()


def test_memory_of_a_failed_computation_is_freed_before_the_error_is_shown(monkeypatch):
    references: list[weakref.ref[torch.Tensor]] = []
    alive: list[bool] = []

    def compute() -> None:
        tensor = torch.zeros(8)
        references.append(weakref.ref(tensor))
        raise torch.OutOfMemoryError("CUDA is full")

    monkeypatch.setattr(device, "free_caches", lambda: alive.append(references[0]() is not None))
    with pytest.raises(DeviceError), memory_guard():
        compute()
    assert alive == [False]


def test_other_errors_are_not_changed():
    with pytest.raises(RuntimeError, match="shapes"), memory_guard():
        raise RuntimeError("shapes do not fit")


def test_the_speed_of_bfloat16_is_known_for_every_device():
    assert bfloat16_is_faster(torch.device("cpu")) in (True, False)
    assert bfloat16_is_faster(torch.device("mps")) is False
