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
    from ddsgui.synthesis.objective import Evaluation, EvaluationRequest

Step = tuple[int, OptimizerStep]  # the number of the search, and its step


def joint_run_steps(searches: Sequence[Search]) -> Generator[Step, None, list[RunOutcome]]:
    """Search for several latents; yield each search's steps. Return the outcome of each, as if it had run alone.

    If it is cancelled or interrupted, all outcomes say so, with the best results so far. A search that fails does not
    affect the others. Where memory is too small for all in one graph, they are evaluated one after another.
    """
    runs, evaluator, interrupted = [_Run(search) for search in searches], JointEvaluator(), False
    try:
        if searches:
            with memory_limit(searches[0].optimizer.device):
                yield from _steps(runs, evaluator)
    except (Cancelled, KeyboardInterrupt):
        interrupted = True
    finally:
        for run in runs:
            run.close()
    return [run.outcome(interrupted) for run in runs]


def _steps(runs: Sequence[_Run], evaluator: JointEvaluator) -> Generator[Step, None, None]:
    for run in runs:
        run.start()
    while requests := {n: run.request for n, run in enumerate(runs) if run.request is not None}:
        evaluations = evaluator.evaluate([*requests.values()])
        for number, evaluation in zip(requests, evaluations, strict=True):
            step = runs[number].advance(evaluation)
            if step is not None:
                yield number, step


class _Run:
    """A search, and the evaluation that it waits for."""

    def __init__(self, search: Search) -> None:
        self._search = search
        self._events = search.optimizer.search()
        self._done = 0  # iterations
        self._error: DdsError | None = None
        self.request: EvaluationRequest | None = None  # None before the start and after the end

    def start(self) -> None:
        """Continue to the first request."""
        self._send(None)

    def advance(self, evaluation: Evaluation | DeviceError) -> OptimizerStep | None:
        """Continue to the next request. Return the step between; None if the search failed."""
        self.request = None
        if isinstance(evaluation, DeviceError):
            self._fail(evaluation)
            return None
        step = self._send(evaluation)
        if step is not None:
            self._done = step.iteration
            self._send(None)
        return step

    def close(self) -> None:
        """Release the memory of the search, but for its result."""
        self.request = None
        self._events.close()

    def outcome(self, interrupted: bool) -> RunOutcome:
        """Return the outcome of the run."""
        return self._search.outcome(self._done, self._error, interrupted)

    def _send(self, evaluation: Evaluation | None) -> OptimizerStep | None:
        """Continue the search. Return its step; None if it asked for an evaluation, ended or failed."""
        try:
            with memory_guard():
                event = self._events.send(evaluation) if evaluation else next(self._events, None)
        except (OptimizerError, DeviceError) as error:
            self._fail(error)
            return None
        if event is None or isinstance(event, OptimizerStep):
            return event
        self.request = event
        return None

    def _fail(self, error: DdsError) -> None:
        self._error = error.with_traceback(None)  # whose frames hold tensors
        self.close()


class JointEvaluator:
    """Evaluates the latents of several searches, in one graph if their objectives allow it."""

    def __init__(self) -> None:
        self._alone = False  # True once memory was too small for several
        self._parts: list[Fixed] = []
        self._joined: Fixed | None = None  # of _parts

    def evaluate(self, requests: Sequence[EvaluationRequest]) -> list[Evaluation | DeviceError]:
        """Return the evaluation of each request, or the lack of memory that prevented it."""
        first = requests[0]
        fit = all(
            request.objective.key == first.objective.key and request.weights == first.weights
            for request in requests
        )
        if fit and len(requests) > 1 and not self._alone:
            if (evaluations := self._evaluate_together(requests)) is not None:
                return [*evaluations]
            self._alone, self._parts, self._joined = True, [], None
        return [_evaluate_alone(request) for request in requests]

    def _evaluate_together(self, requests: Sequence[EvaluationRequest]) -> list[Evaluation] | None:
        """Return the evaluations, or None if memory is too small."""
        first = requests[0]
        try:
            with memory_guard():
                fixed = self._joined_of([request.fixed for request in requests])
                variables = [request.variable for request in requests]
                return first.objective.evaluate(variables, fixed, first.weights)
        except DeviceError:
            return None

    def _joined_of(self, parts: list[Fixed]) -> Fixed:
        """Return the joined parts, which stay the same for many iterations."""
        from ddsgui.synthesis.objective import joined

        if self._joined is None or [*map(id, parts)] != [*map(id, self._parts)]:
            self._parts, self._joined = [], None  # frees their memory first
            self._parts, self._joined = parts, joined(parts)
        return self._joined


def _evaluate_alone(request: EvaluationRequest) -> Evaluation | DeviceError:
    request.variable.grad = None  # of an evaluation that failed half-way
    try:
        with memory_guard():
            return request.evaluate()
    except DeviceError as error:
        return error
