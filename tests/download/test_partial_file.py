from __future__ import annotations

import pytest

from ddsgui.download.partial_file import PartialFile, Source

STRONG = Source("https://a/x.pt", 10, '"1"', None)


def begin(folder, origin: Source = STRONG) -> PartialFile:
    partial = PartialFile(folder / "x.pt")
    partial.save_source(origin)
    with partial.open_at(0) as file:
        file.write(b"12345")
    return partial


def test_a_partial_file_resumes_where_it_stopped_and_gets_its_name(tmp_path):
    partial = begin(tmp_path)
    assert partial.received == 5
    assert partial.source_to_resume(STRONG.url, proven=False) == STRONG
    with partial.open_at(3) as file:
        file.write(b"abc")
    partial.complete()
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("x.pt", b"123abc")]


@pytest.mark.parametrize(
    "origin", [Source(STRONG.url, 10, 'W/"1"', None), Source("https://b/x.pt", 10, '"1"', None)]
)
def test_another_source_is_trusted_only_if_the_hash_is_known(tmp_path, origin):
    partial = begin(tmp_path, origin)
    assert partial.source_to_resume(STRONG.url, proven=False) is None
    assert partial.source_to_resume(STRONG.url, proven=True) == Source(STRONG.url, 10, None, None)


def test_a_file_without_a_note_starts_from_scratch(tmp_path):
    partial = begin(tmp_path)
    (tmp_path / "x.pt.part.json").write_text("{")
    assert partial.source_to_resume(STRONG.url, proven=True) is None
    partial.delete()
    assert partial.received == 0 and list(tmp_path.iterdir()) == []
