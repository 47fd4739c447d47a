"""A report as one HTML file, which needs no other: style and pictures are inside."""

from __future__ import annotations

import base64
from html import escape

from ddsgui.evaluation.report.document import Block, Figure, Report, Section, Table

STYLE = """
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 76rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.7rem; } h2 { margin-top: 3rem; font-size: 1.25rem; }
.lead { font-size: 1.1rem; max-width: 50rem; } p { max-width: 50rem; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-size: .85rem; font-variant-numeric: tabular-nums; }
th, td { padding: .25rem .7rem; border-bottom: 1px solid #8885; text-align: right; white-space: nowrap; }
th:first-child, td:first-child { text-align: left; }
caption, figcaption { text-align: left; color: #777; font-size: .9rem; padding: .4rem 0; caption-side: bottom; }
figure { margin: 1.5rem 0; }
.columns { display: grid; grid-auto-columns: 1fr; grid-auto-flow: column; font-size: .75rem; text-align: center; }
img { max-width: 100%; background: #fff; } .sheet img { width: 100%; display: block; }
"""


def page(report: Report) -> str:
    """Return the file's text."""
    contents = "".join(
        f'<li><a href="#s{number}">{escape(section.title)}</a></li>'
        for number, section in enumerate(report.sections)
    )
    sections = "\n".join(_section(number, section) for number, section in enumerate(report.sections))
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width">\n'
        f"<title>{escape(report.title)}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n"
        f'<p class="lead">{escape(report.lead)}</p>\n<h1>{escape(report.title)}</h1>\n'
        f"<ul>{contents}</ul>\n{sections}\n</body>\n</html>\n"
    )


def _section(number: int, section: Section) -> str:
    blocks = "\n".join(map(_block, section.blocks))
    return f'<section id="s{number}">\n<h2>{escape(section.title)}</h2>\n{blocks}\n</section>'


def _block(block: Block) -> str:
    if isinstance(block, Table):
        return _table(block)
    if isinstance(block, Figure):
        return _figure(block)
    return f"<p>{escape(block)}</p>"


def _table(table: Table) -> str:
    head = "".join(f"<th>{escape(cell)}</th>" for cell in table.head)
    rows = "\n".join(
        "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in table.rows
    )
    caption = f"<caption>{escape(table.caption)}</caption>" if table.caption else ""
    return f'<div class="wide"><table>{caption}<tr>{head}</tr>\n{rows}\n</table></div>'


def _figure(figure: Figure) -> str:
    columns = "".join(f"<span>{escape(name)}</span>" for name in figure.columns)
    heading = f'<div class="columns">{columns}</div>' if columns else ""
    data = base64.b64encode(figure.image).decode("ascii")
    return (
        f"<figure{' class=sheet' if columns else ''}>{heading}"
        f'<img src="data:{figure.media_type};base64,{data}" alt="{escape(figure.caption)}">'
        f"<figcaption>{escape(figure.caption)}</figcaption></figure>"
    )
