"""A stage of an evaluation: it requests mixes, and turns those that were made into figures and a section."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Any, Protocol

from ddsgui.evaluation.report.document import Section
from ddsgui.jobs.evaluation.measures import Measures
from ddsgui.jobs.evaluation.mixes import Mixes


@dataclass(frozen=True)
class StageResult:
    """The findings of a stage."""

    section: Section
    figures: Any  # plain JSON data
    rows: list[dict[str, Any]] = field(default_factory=list)  # for table.csv
    answers: list[str] = field(default_factory=list)  # sentences that compare with the paper


class Stage(Protocol):
    """A stage. Its constructor receives the plan and the requests, and requests its mixes."""

    def steps(self, mixes: Mixes, measures: Measures) -> Generator[str, None, StageResult]:
        """Yield sentences on the progress, and return the result."""
        ...
