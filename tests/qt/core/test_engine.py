"""The engine steps jobs on a real thread."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Generator, Iterator

import pytest
from pytestqt.qtbot import QtBot

from ddsgui.errors import DdsError
from ddsgui.jobs.job import Cancelled
from ddsgui.qt.core.engine import Channel, Engine

Counting = Generator[int, None, int | None]


@pytest.fixture
def engine(qtbot: QtBot) -> Iterator[Engine]:
    engine = Engine()
    engine.start()
    yield engine
    assert engine.shut_down(5000)


def counting(
    log: list[str], name: str = "step", gate: threading.Event | None = None, pause: float = 0.002
) -> Counting:
    n = 0
    try:
        while True:
            if gate is not None:
                gate.wait(5)
            n += 1
            log.append(name)
            time.sleep(pause)
            yield n
    except Cancelled:
        log.append(f"end of {name}")
        return n


def test_jobs_run_off_the_gui_thread_and_signals_arrive_in_it(qtbot: QtBot, engine: Engine) -> None:
    threads: list[int] = []

    def job() -> Counting:
        threads.append(threading.get_ident())
        yield 1
        return 2

    task = engine.submit(Channel.RUN, job)
    receivers: list[int] = []
    task.returned.connect(lambda _: receivers.append(threading.get_ident()))
    with qtbot.waitSignal(task.returned) as returned:
        pass
    assert returned.args == [2]
    assert receivers == [threading.get_ident()] and threads != receivers


def test_pause_stops_a_job_and_resume_continues_it(qtbot: QtBot, engine: Engine) -> None:
    log: list[str] = []
    task = engine.submit(Channel.RUN, lambda: counting(log))
    qtbot.waitUntil(lambda: len(log) >= 3)
    task.pause()
    logged = len(log)
    qtbot.wait(200)
    assert len(log) <= logged + 1  # the step that was being computed
    task.resume()
    qtbot.waitUntil(lambda: len(log) > logged + 3)


def test_cancel_ends_within_one_step_even_while_paused_and_keeps_the_result(
    qtbot: QtBot, engine: Engine
) -> None:
    log: list[str] = []
    task = engine.submit(Channel.RUN, lambda: counting(log))
    qtbot.waitUntil(lambda: len(log) >= 3)
    task.pause()
    logged = len(log)
    with qtbot.waitSignal(task.returned) as returned:
        task.cancel()
    assert returned.args in ([logged], [logged + 1])


def test_a_slow_reader_gets_the_newest_value_only(qtbot: QtBot, engine: Engine) -> None:
    seen: list[int] = []
    log: list[str] = []
    task = engine.submit(Channel.RUN, lambda: counting(log))
    task.progressed.connect(seen.append)
    time.sleep(0.1)  # the GUI thread is blocked
    reached = len(log)
    qtbot.waitUntil(lambda: len(seen) >= 1)
    assert reached > 3
    assert seen[0] >= reached - 1


def test_the_newest_request_of_a_channel_wins(qtbot: QtBot, engine: Engine) -> None:
    gate = threading.Event()
    computed: list[int] = []
    returned: list[int] = []

    def pair(seed: int) -> Generator[str, None, int]:
        gate.wait(5)
        yield "half way"
        computed.append(seed)
        return seed

    for seed in range(1, 6):
        engine.submit(Channel.SAMPLE, lambda seed=seed: pair(seed)).returned.connect(returned.append)
    gate.set()
    qtbot.waitUntil(lambda: bool(returned))
    assert returned == computed == [5]


def test_channels_share_the_engine_and_idle_jobs_wait(qtbot: QtBot, engine: Engine) -> None:
    log: list[str] = []
    gate = threading.Event()
    engine.submit(Channel.SEEDS, lambda: counting(log, "idle", gate), idle=True)
    run = engine.submit(Channel.RUN, lambda: counting(log, "run"))
    engine.submit(Channel.PART, lambda: counting(log, "part"))
    gate.set()
    qtbot.waitUntil(lambda: log.count("run") > 20)
    begun = log[log.index("run") :]
    assert 1 / 3 < begun.count("run") / begun.count("part") < 3
    assert log.count("idle") <= 1  # at most the step that was being computed when the others came
    run.pause()
    engine._channels[Channel.PART].pause()
    qtbot.waitUntil(lambda: log.count("idle") > 3)


def test_a_concurrent_job_does_not_wait_for_a_step_of_another(qtbot: QtBot, engine: Engine) -> None:
    log: list[str] = []
    gate, threads = threading.Event(), set[int]()

    def slow() -> Counting:
        threads.add(threading.get_ident())
        log.append("slow")
        gate.wait(5)
        yield 1
        return 2

    def live() -> Counting:
        threads.add(threading.get_ident())
        yield from counting(log, "live")
        return None

    task = engine.submit(Channel.RUN, slow)
    qtbot.waitUntil(lambda: log == ["slow"])
    concurrent = engine.submit(Channel.LIVE, live, concurrent=True)
    qtbot.waitUntil(lambda: log.count("live") > 3)
    assert len(threads) == 2
    with qtbot.waitSignal(concurrent.ended):
        concurrent.cancel()
    with qtbot.waitSignal(task.returned):
        gate.set()


def test_an_urgent_job_comes_before_all_others(qtbot: QtBot, engine: Engine) -> None:
    log: list[str] = []
    engine.submit(Channel.RUN, lambda: counting(log, "run"))
    engine.submit(Channel.PART, lambda: counting(log, "part"))
    qtbot.waitUntil(lambda: len(log) > 6)
    urgent = engine.submit(Channel.LIVE, lambda: counting(log, "live"), urgent=True)
    qtbot.waitUntil(lambda: log.count("live") > 12)
    assert set(log[log.index("live") :]) == {"live"}
    urgent.cancel()
    with qtbot.waitSignal(urgent.ended):
        pass
    length = len(log)
    qtbot.waitUntil(lambda: {"run", "part"} <= set(log[length:]))


def test_slow_steps_leave_half_the_time_to_quick_ones(qtbot: QtBot, engine: Engine) -> None:
    log: list[str] = []
    slow = engine.submit(Channel.DOMAIN, lambda: counting(log, "slow", pause=0.05))
    qtbot.waitUntil(lambda: len(log) >= 6)
    engine.submit(Channel.RUN, lambda: counting(log, "quick", pause=0.003))
    qtbot.waitUntil(lambda: log[6:].count("slow") >= 6, timeout=10_000)
    # Taking turns would give as many of both; repaying the slow job's earlier time would give only quick ones.
    assert 4 * 6 < log.count("quick") < 60 * 6
    # One slow step takes as long as some 16 quick ones; the six before, as long as 100.
    assert log[6:30].count("slow") >= 1
    slow.pause()
    slow_steps = log.count("slow")
    qtbot.wait(300)
    slow.resume()
    qtbot.waitUntil(lambda: log.count("slow") > slow_steps + 3)
    after_resume = log[len(log) - log[::-1].index("quick") - 1 :]
    assert len(after_resume) < 4  # a paused job is not stepped alone afterwards


def test_a_cancelled_job_ends_before_others_continue(qtbot: QtBot, engine: Engine) -> None:
    log: list[str] = []
    slow = engine.submit(Channel.DOMAIN, lambda: counting(log, "slow", pause=0.1))
    engine.submit(Channel.RUN, lambda: counting(log, "quick"))
    qtbot.waitUntil(lambda: log.count("slow") == 2)
    with qtbot.waitSignal(slow.ended):
        slow.cancel()
        began = len(log)
    assert log[began : log.index("end of slow")].count("quick") <= 3


def test_a_small_share_holds_from_one_job_to_the_next(qtbot: QtBot, engine: Engine) -> None:
    spent = {"run": 0.0, "modest": 0.0}

    def work(name: str) -> None:
        began = time.perf_counter()
        time.sleep(0.01)
        spent[name] += time.perf_counter() - began

    def run() -> Counting:
        while True:
            work("run")
            yield 1

    def modest() -> Counting:
        yield 1
        work("modest")
        return 2  # before its share is used up

    def again() -> None:
        if spent["modest"] < 0.1:
            engine.submit(Channel.UPSCALING, modest, share=0.1).ended.connect(again)

    engine.submit(Channel.RUN, run)
    qtbot.waitUntil(lambda: spent["run"] > 0)
    again()
    qtbot.waitUntil(lambda: spent["modest"] >= 0.1, timeout=20_000)
    assert 0.02 < spent["modest"] / spent["run"] <= 0.14  # the last step has not been balanced yet


def test_a_small_share_gets_all_the_time_of_an_otherwise_idle_engine(qtbot: QtBot, engine: Engine) -> None:
    log: list[str] = []
    engine.submit(Channel.UPSCALING, lambda: counting(log, "modest"), share=0.1)
    engine.submit(Channel.SEEDS, lambda: counting(log, "idle"), idle=True)
    qtbot.waitUntil(lambda: log.count("modest") >= 60)
    assert log.count("idle") == 0
    engine.submit(
        Channel.RUN, lambda: counting(log, "run")
    )  # the share has no debt from the time when it was alone
    before = log.count("modest")
    qtbot.waitUntil(lambda: log.count("modest") > before + 1)
    second = [index for index, name in enumerate(log) if name == "modest"][before + 1]
    assert log[:second].count("run") < 150  # with a debt, it would wait for 600


def test_an_idle_job_with_a_share_waits_for_a_run_but_not_for_a_training(
    qtbot: QtBot, engine: Engine
) -> None:
    log: list[str] = []
    engine.submit(Channel.DOMAIN, lambda: counting(log, "training"), share=0.5)
    engine.submit(Channel.SEED_WALL, lambda: counting(log, "wall"), idle=True, share=0.5)
    engine.submit(Channel.SEEDS, lambda: counting(log, "strip"), idle=True)
    qtbot.waitUntil(lambda: min(map(log.count, ("training", "wall"))) > 10)
    assert "strip" not in log
    run = engine.submit(Channel.RUN, lambda: counting(log, "run"))
    qtbot.waitUntil(lambda: "run" in log)
    before = log.count("wall")
    qtbot.waitUntil(lambda: log.count("run") > 20)
    assert log.count("wall") <= before + 1  # at most the step that was being computed when the run came
    run.cancel()
    qtbot.waitUntil(lambda: log.count("wall") > before + 5)


def test_errors_arrive_as_a_sentence_and_the_engine_continues(qtbot: QtBot, engine: Engine) -> None:
    def job() -> Counting:
        yield 1
        raise DdsError("The file is gone.")

    with qtbot.waitSignal(engine.submit(Channel.SAMPLE, job).failed) as failed:
        pass
    assert failed.args == ["The file is gone."]
    with qtbot.waitSignal(engine.submit(Channel.SAMPLE, lambda: (n for n in ())).ended):
        pass


def test_shutting_down_closes_jobs_in_the_engine_thread(qtbot: QtBot) -> None:
    engine = Engine()
    engine.start()
    closed: list[int] = []

    def job() -> Counting:
        try:
            while True:
                yield threading.get_ident()
        finally:
            closed.append(threading.get_ident())

    threads: list[int] = []
    engine.submit(Channel.RUN, job).progressed.connect(threads.append)
    qtbot.waitUntil(lambda: bool(threads))
    assert engine.shut_down()
    assert closed == threads[:1]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has a niceness for each thread")
def test_the_engine_gives_way_to_the_window(qtbot: QtBot, engine: Engine) -> None:
    import os

    def job() -> Counting:
        yield os.getpriority(os.PRIO_PROCESS, threading.get_native_id())

    with qtbot.waitSignal(engine.submit(Channel.RUN, job).progressed) as progressed:
        pass
    assert progressed.args is not None
    assert progressed.args[0] > os.getpriority(os.PRIO_PROCESS, threading.get_native_id()) or (
        progressed.args[0] == 19  # already the lowest priority
    )
