from __future__ import annotations

from email.message import Message

import pytest

from ddsgui import requirements
from ddsgui.requirements import required, within


@pytest.mark.parametrize(
    ("version", "wanted", "expected"),
    [
        ("2.11", ">=2.11,<2.14", True),
        ("2.11.0", ">=2.11,<2.14", True),
        ("2.13.1+cpu", ">=2.11,<2.14", True),
        ("2.14.0", ">=2.11,<2.14", False),
        ("2.9", ">=2.11", False),
        ("3.10.4", ">=3.11", False),
        ("13.0.0", ">=10.3", True),
        ("1.2", "!=1.2", False),
        ("1.2", "", True),
    ],
)
def test_ranges(version, wanted, expected):
    assert within(version, wanted) is expected


def test_a_checkout_is_asked_by_its_project_file():
    ranges = required()
    assert ranges["python"] == ">=3.11"
    assert ranges["torch"].startswith(">=")
    assert "pytest" not in ranges


def test_a_wheel_is_asked_by_its_metadata(monkeypatch, tmp_path):
    head = Message()
    head["Requires-Python"] = ">=3.11"
    lines = ["torch<2.14,>=2.11", "pyside6-essentials<6.12,>=6.8", 'pytest>=8.3; extra == "dev"']
    monkeypatch.setattr(requirements, "PACKAGE", tmp_path / "ddsgui")
    monkeypatch.setattr(requirements.metadata, "metadata", lambda name: head)
    monkeypatch.setattr(requirements.metadata, "requires", lambda name: lines)
    assert required() == {
        "python": ">=3.11",
        "torch": "<2.14,>=2.11",
        "pyside6-essentials": "<6.12,>=6.8",
    }
