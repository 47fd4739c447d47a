from __future__ import annotations

import pytest

from ddsgui.download.partial_file import Origin, Partial

STRONG = Origin("https://a/x.pt", 10, '"1"', None)


def begin(folder, origin: Origin = STRONG) -> Partial:
    partial = Partial(folder / "x.pt")
    partial.note(origin)
    with partial.opened_at(0) as file:
        file.write(b"12345")
    return partial


def test_it_goes_on_where_it_stopped_and_takes_its_name(tmp_path):
    partial = begin(tmp_path)
    assert partial.received == 5
    assert partial.begun(STRONG.url, proven=False) == STRONG
    with partial.opened_at(3) as file:
        file.write(b"abc")
    partial.become_whole()
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("x.pt", b"123abc")]


@pytest.mark.parametrize(
    "origin", [Origin(STRONG.url, 10, 'W/"1"', None), Origin("https://b/x.pt", 10, '"1"', None)]
)
def test_another_file_is_trusted_only_where_the_whole_is_proven(tmp_path, origin):
    partial = begin(tmp_path, origin)
    assert partial.begun(STRONG.url, proven=False) is None
    assert partial.begun(STRONG.url, proven=True) == Origin(STRONG.url, 10, None, None)


def test_without_a_note_it_begins_anew(tmp_path):
    partial = begin(tmp_path)
    (tmp_path / "x.pt.part.json").write_text("{")
    assert partial.begun(STRONG.url, proven=True) is None
    partial.forget()
    assert partial.received == 0 and list(tmp_path.iterdir()) == []
