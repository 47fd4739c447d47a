"""Seconds and memory of an iteration as pictures grow, each measured alone in a process of its own."""

from __future__ import annotations

import multiprocessing
import tempfile
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from statistics import median
from typing import Any

import torch
from engine import measure_optimizer
from large import config, mix_with, peak_memory, write_domains

ITERATIONS = {64: 8, 128: 8, 256: 4, 512: 3, 1024: 2}


def measure_speed(side: int) -> dict[str, Any]:
    """Return the median seconds of an iteration by way, all taking turns in one process."""
    return _alone(_speed, side)


def measure_growth(preset: str, side: int) -> dict[str, Any]:
    """Return seconds of an iteration on one thread and peak memory of a mix.

    Domains have StyleGAN2's width from 256 px on, and are narrow below.
    """
    return _alone(_growth, preset, side)


def _speed(side: int) -> dict[str, Any]:
    return {name: round(seconds, 4) for name, seconds in measure_optimizer(side, ITERATIONS[side]).items()}


def _growth(preset: str, side: int) -> dict[str, Any]:
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        shape = config(side, "wide" if side >= 256 else "narrow")
        _alone(_write, folder, shape)
        # The first iteration of a search is slower: it reads the fixed pictures as well.
        times = mix_with(preset, Path(folder), 1 if preset == "live" else ITERATIONS[side] + 1)
        return {
            "seconds": round(median(times[1:] or times), 3),
            "gigabytes": round(peak_memory(), 2),
        }


def _write(folder: str, shape: Any) -> dict[str, Any]:
    write_domains(Path(folder), shape)
    return {}


def _alone(measure: Callable[..., dict[str, Any]], *args: Any) -> dict[str, Any]:
    """Call a function in a new process, whose memory nothing else has touched."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_send, args=(theirs, measure, *args))
    process.start()
    theirs.close()
    try:
        return ours.recv()
    except EOFError:
        process.join()
        return {"failed": f"the process ended with {process.exitcode}"}
    finally:
        process.join()


def _send(connection: Connection, measure: Callable[..., dict[str, Any]], *args: Any) -> None:
    connection.send(measure(*args))
