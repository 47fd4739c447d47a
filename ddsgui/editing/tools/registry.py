"""All tools, in the order of the tool bar. A new one takes a line here, its module and its icon."""

from __future__ import annotations

from ddsgui.editing.tools.base import ToolSpec
from ddsgui.editing.tools.brush import Brush

TOOLS = {
    tool.id: tool
    for tool in (
        ToolSpec("brush", "&Brush", "Paint the part", "brush", "B", Brush),
        ToolSpec("eraser", "&Eraser", "Erase from the part", "eraser", "E", Brush, erases=True),
    )
}
