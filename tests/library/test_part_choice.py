from pathlib import Path

import pytest

from ddsgui.errors import SegmenterError
from ddsgui.library.part_choice import PartChoice, part_choices, parts_text


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("", []),
        ("hair", [("hair", None)]),
        ("hair, eyes-nose-mouth", [("hair", None), ("eyes-nose-mouth", None)]),
        ("face#2", [("face", "2")]),
        ("face#left eye,hair", [("face", "left eye"), ("hair", None)]),
        ("my.safetensors#ears", [("my.safetensors", "ears")]),
        ("#2", [("#2", None)]),
    ],
)
def test_parts_are_joined_by_commas_and_classes_follow_a_hash(text: str, names: list) -> None:
    assert [(choice.name, choice.class_name) for choice in part_choices(text)] == names


def test_the_name_of_an_existing_file_is_not_split(tmp_path: Path) -> None:
    for name in ("hair, left.safetensors", "part#2.safetensors", "a,b#c.png"):
        path = tmp_path / name
        path.touch()
        assert part_choices(str(path)) == (PartChoice(str(path)),)
    assert part_choices(str(tmp_path / "a,b#c.png"))[0].is_mask_image


def test_a_class_is_found_by_its_name_before_its_number() -> None:
    classes = ("left eye", "1", "mouth")
    for text, number in (("face", 1), ("face#mouth", 3), ("face#3", 3), ("face#1", 2)):
        assert part_choices(text)[0].class_number(classes) == number
    for text in ("face#nose", "face#0", "face#4"):
        choice = part_choices(text)[0]
        assert not choice.fits(classes)
        with pytest.raises(SegmenterError, match=r"left eye \(#1\)"):
            choice.class_number(classes)


def test_choices_are_written_as_they_are_read() -> None:
    for text in ("", "hair", "face#left eye,hair,mask.png"):
        assert parts_text(part_choices(text)) == text
