from __future__ import annotations

from html.parser import HTMLParser

from ddsgui.evaluation.report.document import Figure, Report, Section, Table
from ddsgui.evaluation.report.html import page


class Reader(HTMLParser):
    """Collects the tags and texts of a page, and checks that tags are closed in order."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.cells: list[str] = []
        self.sources: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.sources += [value or "" for name, value in attrs if name in ("src", "href")]
        if tag not in ("meta", "img"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] in ("td", "th"):
            self.cells.append(data)


def test_a_page_is_valid_and_needs_no_other_file() -> None:
    table = Table(("way", "FID"), (("a <b>", "1"), ("c", "2")), "two & more")
    blocks = ("A paragraph.", table, Figure(b"png", "a picture", ("left", "right")))
    reader = Reader()
    reader.feed(page(Report("Report", "Measured in VGG.", (Section("One", blocks),))))
    assert not reader.open
    assert reader.cells == ["way", "FID", "a <b>", "1", "c", "2"]
    assert all(source.startswith(("data:image/png", "#")) for source in reader.sources)


def test_the_first_line_is_the_lead() -> None:
    text = page(Report("Report", "Measured in VGG.", ()))
    body = text.partition("<body>")[2].strip()
    assert "Measured in VGG." in body.splitlines()[0]
