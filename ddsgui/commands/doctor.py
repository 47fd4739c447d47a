"""The verb `ddsgui doctor`: check the installation."""

from __future__ import annotations

import argparse

from ddsgui.commands.options import VerbResult, Verbs, add_verb


def add(verbs: Verbs) -> None:
    """Add the verb, which has no options of its own."""
    add_verb(
        verbs,
        "doctor",
        run,
        "check versions, devices, display and model files, and say how to repair them",
        "ddsgui doctor",
    )


def run(args: argparse.Namespace) -> VerbResult:
    """Run all checks and report them; exit code 1 if one fails."""
    from ddsgui.doctor import examine

    checks = list(examine())
    lines = []
    for check in checks:
        lines.append(f"{check.state:4}  {check.name}: {check.found}")
        if check.advice:
            lines.append(f"      -> {check.advice}")
    failed = any(check.state == "fail" for check in checks)
    return VerbResult(
        {"ok": not failed, "checks": [c.as_dict() for c in checks]}, "\n".join(lines), int(failed)
    )
