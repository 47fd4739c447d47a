import threading

from ddsgui.latest import Latest


def test_only_the_newest_is_kept_and_the_reader_is_woken_once() -> None:
    box: Latest[int] = Latest()
    assert [box.put(i) for i in range(3)] == [True, False, False]
    assert box.take() == 2
    assert box.take() is None
    assert box.put(9)


def test_the_last_value_is_never_lost_between_threads() -> None:
    box: Latest[int] = Latest()
    seen: list[int] = []
    done = threading.Event()

    def read() -> None:
        while not done.is_set():
            if (value := box.take()) is not None:
                seen.append(value)
        if (value := box.take()) is not None:
            seen.append(value)

    reader = threading.Thread(target=read)
    reader.start()
    for i in range(1, 20_000):
        box.put(i)
    done.set()
    reader.join()
    assert seen == sorted(seen)
    assert seen[-1] == 19_999
