"""Several searches at a time, evaluated in one graph as far as they can be."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import TYPE_CHECKING

from ddsgui.device import memory_guard
from ddsgui.errors import DdsError, DeviceError, OptimizerError
from ddsgui.jobs.job import Cancelled
from ddsgui.jobs.mix import Search
from ddsgui.jobs.runs import RunOutcome
from ddsgui.memory import memory_limit
from ddsgui.synthesis.settings import OptimizerStep

if TYPE_CHECKING:
    from ddsgui.synthesis.loss_terms import Fixed
    from ddsgui.synthesis.objective import Evaluation, Question

Step = tuple[int, OptimizerStep]  # the number of the search, and its step


def joint_run_steps(searches: Sequence[Search]) -> Generator[Step, None, list[RunOutcome]]:
    """Search for several latents; yield each search's steps. Return the end of each, which is that of a lone search.

    If it is cancelled or interrupted, the results are the best so far. A search that diverges ends alone. Where
    memory is too small for all in one graph, they are evaluated one after another.
    """
    if not searches:
        return []
    runs = [_Run(search) for search in searches]
    joint = JointEvaluator()
    try:
        with memory_limit(searches[0].optimizer.device):
            while waiting := [run for run in runs if run.question is not None]:
                evaluations = joint.evaluate([run.question for run in waiting if run.question is not None])
                for run, evaluation in zip(waiting, evaluations, strict=True):
                    if (step := run.advance(evaluation)) is not None:
                        yield runs.index(run), step
    except (Cancelled, KeyboardInterrupt):
        return [run.outcome(interrupted=run.question is not None) for run in runs]
    return [run.outcome() for run in runs]


class _Run:
    """A search, and the question that it waits with; None once it has ended."""

    def __init__(self, search: Search) -> None:
        self._search = search
        self._events = search.optimizer.search()
        self._done = 0  # iterations
        self._error: DdsError | None = None
        self.question: Question | None = None
        self._take(None)

    def advance(self, evaluation: Evaluation | DeviceError) -> OptimizerStep | None:
        """Continue to the next question. Return the step between; None if the search failed."""
        self.question = None
        if isinstance(evaluation, DeviceError):
            self._error = evaluation
            return None
        step = self._take(evaluation)
        if step is not None:
            self._done = step.iteration
            self._take(None)
        return step

    def outcome(self, interrupted: bool = False) -> RunOutcome:
        """Return the end of the run."""
        return self._search.outcome(self._done, self._error, interrupted)

    def _take(self, evaluation: Evaluation | None) -> OptimizerStep | None:
        try:
            event = self._events.send(evaluation)
        except StopIteration:
            return None
        except (OptimizerError, DeviceError) as error:
            self._error = error
            return None
        if isinstance(event, OptimizerStep):
            return event
        self.question = event
        return None


class JointEvaluator:
    """Evaluates questions of several searches, those of one key in one graph."""

    def __init__(self) -> None:
        self._alone = False  # True once memory was too small for several
        self._parts: list[Fixed] = []
        self._joined: Fixed | None = None  # of _parts

    def evaluate(self, questions: Sequence[Question]) -> list[Evaluation | DeviceError]:
        """Return the answer to each question, or the lack of memory that prevented it."""
        first = questions[0]
        together = all(
            question.objective.key == first.objective.key and question.weights == first.weights
            for question in questions
        )
        if together and len(questions) > 1 and not self._alone:
            try:
                with memory_guard():
                    variables = [question.variable for question in questions]
                    fixed = self._fixed([question.fixed for question in questions])
                    return [*first.objective.evaluate(variables, fixed, first.weights)]
            except DeviceError:
                self._alone, self._joined = True, None
        return [_answer(question) for question in questions]

    def _fixed(self, parts: list[Fixed]) -> Fixed:
        """Return the joined parts, which stay the same for many iterations."""
        from ddsgui.synthesis.objective import joined

        known = self._joined
        if (
            known is None
            or len(parts) != len(self._parts)
            or any(a is not b for a, b in zip(parts, self._parts, strict=True))
        ):
            self._joined = None  # frees its memory first
            known = self._joined = joined(parts)
            self._parts = parts
        return known


def _answer(question: Question) -> Evaluation | DeviceError:
    question.variable.grad = None  # of an evaluation that was broken off
    try:
        with memory_guard():
            return question.answer()
    except DeviceError as error:
        return error
