"""The window's title, and its messages about projects that were opened, saved or damaged."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QPlainTextEdit, QVBoxLayout, QWidget

from ddsgui.jobs.copies import SentCopy
from ddsgui.project.model_use import ModelUse
from ddsgui.project.opening import OpenedProject
from ddsgui.qt.projects.controller import ProjectController
from ddsgui.qt.widgets.message_bar import MessageBar
from ddsgui.qt.widgets.pixmaps import thumbnail
from ddsgui.qt.widgets.screen import OnScreen
from ddsgui.text import listing, plural

ADD_COPIES = "Add to the library"
CONTINUE, START_NEW = "Continue", "Start new"
SHOW_LIST, SHOW_LIBRARY, REVERT = "Show list", "Show library", "Revert to the saved file"
THUMBNAIL_PX = 64  # side, widget pixels


class ProjectMessages(QObject):
    """Keeps the title up to date, and turns the project's reports into messages.

    `bar` is for what must not be replaced by the next message of the window: the offer after a crash, and everything
    about a project that was opened.
    """

    def __init__(
        self,
        window: QWidget,
        projects: ProjectController,
        message: MessageBar,
        show_library: Callable[[], object],
    ) -> None:
        super().__init__(window)
        self._window, self._projects = window, projects
        self._message, self._show_library = message, show_library
        self.bar = MessageBar()
        self.problem_list: ProblemList | None = None
        projects.changed.connect(self.show_title)
        projects.opened.connect(self._show_opened)
        projects.offered.connect(self._show_offer)
        projects.saved.connect(self._show_saved)
        projects.sent.connect(self._show_sent)
        projects.models_added.connect(self._show_added)
        projects.failed.connect(message.show_message)
        self.show_title()

    def show_title(self) -> None:
        """Show the project's name, and Qt's mark if its file lacks something."""
        self._window.setWindowTitle(f"{self._projects.name}[*] – ddsgui")
        self._window.setWindowModified(self._projects.is_modified)

    def _show_saved(self, path: Path) -> None:
        self._message.show_message(f"Saved {path}.")

    def _show_sent(self, path: Path, sent: SentCopy) -> None:
        names = listing([use.name for use in sent.copied])
        copies = (
            f" with copies of {names}" if names else ". ddsgui itself brings all of its domains and parts"
        )
        self._message.show_message(
            " ".join([f"Saved {path}{copies}.", *sent.left_out, *sent.project.problems])
        )

    def _show_added(self, uses: tuple[ModelUse, ...]) -> None:
        self.bar.hide()
        self._message.show_message(f"Added {listing([use.name for use in uses])} to the library.")

    def _show_offer(self, opened: OpenedProject) -> None:
        image = opened.thumbnail()
        name = "your work" if opened.path is None else opened.path.stem
        ratio = self._window.devicePixelRatioF()
        self.bar.show_message(
            f"ddsgui did not end as usual the last time. Continue with {name}, where you were?",
            {CONTINUE: self._projects.accept_offer, START_NEW: self._projects.decline_offer},
            None if image is None else thumbnail(image, THUMBNAIL_PX, ratio),
        )

    def _show_opened(self, opened: OpenedProject) -> None:
        self.bar.hide()
        self._message.hide()
        name = "The project" if opened.path is None else opened.path.name
        choices: dict[str, Callable[[], object]] = {}
        sentences: list[str] = []
        if opened.copy_of is not None:
            sentences.append(f"{opened.copy_of.name} is open in another window. This is a copy of it.")
        if opened.path is not None and not opened.was_closed:
            sentences.append(f"{name} has the changes that were not saved when ddsgui ended.")
            choices[REVERT] = self._projects.revert
        if opened.problems:
            problems = opened.problems
            count = plural(len(problems), "thing")
            sentences.append(
                problems[0] if len(problems) == 1 else f"{name} is damaged: {count} could not be read."
            )
            choices[SHOW_LIST] = lambda: self._show_problems(name, problems)
        if opened.copies:
            sentences.append(
                f"{name} has copies of {listing([use.name for use in opened.copies])}, which your library lacks."
            )
            choices[ADD_COPIES] = lambda: self._projects.add_copies(opened.copies)
        if opened.missing is not None:
            sentences.append(
                f"Of the models of this project, {opened.missing}. Everything else is open; "
                "to draw new pictures with them, add them to the library."
            )
            choices[SHOW_LIBRARY] = self._show_library
        if sentences:
            self.bar.show_message(" ".join(sentences), choices)

    def _show_problems(self, name: str, problems: tuple[str, ...]) -> None:
        self.problem_list = ProblemList(name, problems, self._window)
        self.problem_list.show()


class ProblemList(QDialog):
    """A list of everything in a project that could not be read, to select and copy."""

    def __init__(self, name: str, problems: tuple[str, ...], parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(f"Lost from {name}")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(560, 320)
        text = QPlainTextEdit("\n".join(problems))
        text.setReadOnly(True)
        text.setAccessibleName("Lost parts of the project")
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.addWidget(text)
        column.addWidget(buttons)
        OnScreen(self)
