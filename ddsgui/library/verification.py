"""Verification that a file of the library is unchanged and works."""

from __future__ import annotations

import time
from collections.abc import Generator
from dataclasses import dataclass
from typing import Any

from ddsgui.errors import DdsError, LibraryError
from ddsgui.library.checksums import Checksums
from ddsgui.library.library import Entry, Library
from ddsgui.library.progress import Step, label_steps


@dataclass(frozen=True)
class VerificationCheck:
    """One check and its result."""

    name: str
    ok: bool
    found: str


@dataclass(frozen=True)
class Verification:
    """The results for one file."""

    entry: Entry
    checks: tuple[VerificationCheck, ...]

    @property
    def ok(self) -> bool:
        """True if the file is intact."""
        return all(check.ok for check in self.checks)

    @property
    def text(self) -> str:
        """The result in one line."""
        bad = [check.found for check in self.checks if not check.ok]
        return f"{self.entry.name}: {'; '.join(bad or [check.found for check in self.checks])}."

    def as_dict(self) -> dict[str, Any]:
        """Return the results as JSON data."""
        checks = [{"name": c.name, "ok": c.ok, "found": c.found} for c in self.checks]
        return {"name": self.entry.name, "kind": self.entry.kind, "ok": self.ok, "checks": checks}


def verify_steps(library: Library, entry: Entry) -> Generator[Step, None, Verification]:
    """Read the file again, load it and draw with it. Takes seconds; the generator may be closed at any step."""
    checks: list[VerificationCheck] = []
    yield Step(f"Reading {entry.name}")
    try:
        checks.append((yield from _content(library, entry)))
        if entry.broken is not None:
            raise LibraryError(entry.broken)
        checks.append((yield from _drawing(library, entry)))
    except DdsError as error:
        checks.append(VerificationCheck("whole", False, str(error).rstrip(".")))
    return Verification(entry, tuple(checks))


def _content(library: Library, entry: Entry) -> Generator[Step, None, VerificationCheck]:
    reading = Checksums(library.folder).check_steps(entry.path)
    state, sha256 = yield from label_steps(f"Reading {entry.name}", reading)
    digits = f"SHA-256 {sha256[:12]}…"
    if state == "damaged":
        return VerificationCheck(
            "content", False, f"its content is damaged on the disk ({digits}); download or add it again"
        )
    if entry.bundled:
        return VerificationCheck("content", True, digits)
    results = {
        "same": f"{digits}, as recorded",
        "new": f"{digits}, now recorded",
        "changed": f"{digits}, written again since it was recorded",
    }
    return VerificationCheck("content", True, results[state])


def _drawing(library: Library, entry: Entry) -> Generator[Step, None, VerificationCheck]:
    from ddsgui.checkpoints.checkpoint import read_generator
    from ddsgui.synthesis.sampling import draw
    from ddsgui.synthesis.segmenter import load_segmenter

    yield Step(f"Loading {entry.name}")
    segmenter = load_segmenter(entry.path) if entry.kind == "part" else None
    path = entry.path
    if segmenter is not None:
        canvas = next((domain for domain in library.domains() if entry.fits(domain)), None)
        if canvas is None:
            return VerificationCheck("whole", True, "intact; no domain of the library fits it")
        path = canvas.path
    generator = read_generator(path)
    generator.choose_class(0 if generator.config.classes else None, path.name)
    yield Step(f"Drawing with {path.stem}")
    begun = time.perf_counter()
    drawn, features = draw(generator, 0, 0.7)
    if not drawn.isfinite().all() or drawn.std() < 1e-4:
        return VerificationCheck("whole", False, "it does not draw a picture; download or add it again")
    if segmenter is None:
        height, width = drawn.shape[2:]
        seconds = time.perf_counter() - begun
        return VerificationCheck("whole", True, f"intact; drew {width} × {height} px in {seconds:.2f} s")
    area = (segmenter.masks(features)[0].max(0) > 0).mean()
    return VerificationCheck("whole", True, f"intact; found {area:.0%} of a picture of {path.stem}")
