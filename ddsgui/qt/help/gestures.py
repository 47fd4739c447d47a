"""The gestures of the mouse on the pictures, which no menu shows."""

from __future__ import annotations

GESTURES = {
    "Left button": "Paint",
    "Ctrl + left button": "Erase",
    "Shift + click": "Draw a straight line from the end of the last stroke",
    "Esc": "Cancel the stroke that is being drawn",
    "Wheel": "Zoom all pictures around the pointer",
    "Ctrl + wheel": "Change the size of the brush",
    "Middle button, or Space + drag": "Move all pictures",
    "Double click on a title": "Maximise a picture, or show all of them again",
    "Drag in a wipe": "Move the line between the two pictures that are compared",
    "Ctrl + click on a run": "Select several runs, to compare or delete them",
    "Drag the result": "Copy it to the desktop or to another program",
}

WALL_GESTURES = {
    "Double click": "Use in the window",
    "Drag onto Source or Target": "Draw that picture from the seed; the other stays",
    "Ctrl + click, Shift + click": "Choose several seeds",
    "Ctrl + wheel": "Change the size of the pictures",
}
