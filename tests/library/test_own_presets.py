"""Presets of the user's own are saved, shared and read again, and a wrong file gets one sentence."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from ddsgui.errors import DdsError, OptimizerError
from ddsgui.library.own_presets import (
    MAX_FILE_BYTES,
    OwnPreset,
    PresetStore,
    preset_settings,
    read_preset,
    write_preset,
)
from ddsgui.synthesis.blend_settings import BlendSettings
from ddsgui.synthesis.settings import OptimizerSettings, artists_preset

BLEND = BlendSettings(depth=16, strength=0.5, feather=3, match_colour=True)
SETTINGS = artists_preset("final", alpha=0.3, iterations=33, seed=9, truncation=0.4)


@pytest.fixture
def store(tmp_path: Path) -> PresetStore:
    return PresetStore(tmp_path / "presets")


@pytest.mark.parametrize("base", ["fast", "final", "paper", "official", "live"])
def test_a_preset_comes_back_from_its_file_without_what_belongs_to_a_pair(tmp_path: Path, base: str) -> None:
    settings = artists_preset(base, seed=9, truncation=0.4, backbone="alexnet")
    preset = OwnPreset.of("Soft hair", settings, BLEND)
    write_preset(tmp_path / "any.json", preset)
    again = read_preset(tmp_path / "any.json")
    assert again == preset and again.notice == ""
    assert again.settings == replace(
        settings,
        preset="Soft hair",
        seed=0,
        truncation=OptimizerSettings().truncation,
        live=(BLEND,) if base == "live" else (),
    )
    assert (tmp_path / "any.json").stat().st_size < 2000


def test_presets_are_listed_renamed_removed_and_restored(store: PresetStore) -> None:
    assert store.presets() == []
    for name in ("Soft", "Hard"):
        store.add(OwnPreset.of(name, SETTINGS, BLEND))
    assert [preset.name for preset in store.presets()] == ["Hard", "Soft"]
    with pytest.raises(OptimizerError, match="already"):
        store.rename("Soft", "Hard")
    assert store.rename("Soft", "Softer").settings.preset == "Softer"
    removed = store.remove("Hard")
    assert [preset.name for preset in store.presets()] == ["Softer"]
    store.add(removed)
    assert store.preset("Hard") == removed and store.free_name("Hard") == "Hard 2"
    store.add(OwnPreset.of("Hard", artists_preset("fast"), BLEND), replacing=True)
    assert store.preset("Hard") != removed
    with pytest.raises(OptimizerError, match="nosuch"):
        store.remove("nosuch")


@pytest.mark.parametrize("name", ["", "a/b", "../up", "fast", "Fast", "x" * 81, "a\nb", ".hidden"])
def test_a_name_that_no_file_can_have_or_that_is_built_in_is_refused(name: str) -> None:
    with pytest.raises(OptimizerError):
        OwnPreset.of(name, SETTINGS, BLEND)


def test_a_renamed_file_has_its_new_name(store: PresetStore) -> None:
    store.add(OwnPreset.of("Soft", SETTINGS, BLEND))
    (store.folder / "Soft.json").rename(store.folder / "Other.json")
    assert [(p.name, p.settings.preset) for p in store.presets()] == [("Other", "Other")]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe\x00",
        b"[]",
        b"7",
        b'{"kind": "labelme"}',
        b'{"kind": "ddsgui preset"}',
        b'{"kind": "ddsgui preset", "name": "a", "search": 3}',
        b'{"kind": "ddsgui preset", "name": "a", "search": {"iterations": -3}}',
        b'{"kind": "ddsgui preset", "name": "a", "search": {"dials": {"alpha": "much"}}}',
        b'{"kind": "ddsgui preset", "name": "a", "search": {}, "blend": {"depth": 7}}',
        b'{"kind": "ddsgui preset", "name": "a", "search": {}, "method": "magic"}',
        b'{"kind": "ddsgui preset", "name": "../a", "search": {}}',
        b"[" * 100_000,
        b"0" * (MAX_FILE_BYTES + 1),
    ],
)
def test_a_broken_or_foreign_file_gets_one_sentence_that_names_it(
    store: PresetStore, tmp_path: Path, content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "strange.json"
    path.write_bytes(content)
    with pytest.raises(OptimizerError) as caught:
        read_preset(path)
    sentence = str(caught.value)
    assert sentence.startswith("strange.json ") and "\n" not in sentence and sentence.endswith(".")
    store.add(OwnPreset.of("Soft", SETTINGS, BLEND))
    (store.folder / "strange.json").write_bytes(content)
    assert "Soft" in [preset.name for preset in store.presets()], "the others are still there"


def test_unknown_keys_of_a_later_version_are_left_out_and_named(tmp_path: Path) -> None:
    data = OwnPreset.of("Soft", SETTINGS, BLEND).as_dict()
    data |= {"version": 2, "author": "me"}
    data["search"] |= {"momentum": 0.9}
    data["search"]["dials"] |= {"delta": 1.0}
    data["blend"] |= {"grain": 0.1}
    (tmp_path / "later.json").write_text("\ufeff" + json.dumps(data), "utf-8")
    preset = read_preset(tmp_path / "later.json")
    assert replace(preset, unknown_keys=()) == OwnPreset.of("Soft", SETTINGS, BLEND)
    for key in ("author", "momentum", "delta", "grain"):
        assert key in preset.notice


def test_a_missing_setting_is_the_papers(tmp_path: Path) -> None:
    (tmp_path / "short.json").write_text('{"kind": "ddsgui preset", "name": "Short", "search": {}}', "utf-8")
    assert read_preset(tmp_path / "short.json").settings == replace(OptimizerSettings(), preset="Short")


def test_settings_are_found_by_name_and_by_file(store: PresetStore, tmp_path: Path) -> None:
    preset = OwnPreset.of("Soft hair", SETTINGS, BLEND)
    store.add(preset)
    write_preset(tmp_path / "sent.json", preset)
    for text in ("Soft hair", str(tmp_path / "sent.json")):
        assert preset_settings(text, store, seed=4) == replace(preset.settings, seed=4)
    assert preset_settings("", store) == OptimizerSettings.from_preset()
    assert preset_settings("paper", store) == OptimizerSettings()
    with pytest.raises(OptimizerError, match="Soft hair"):
        preset_settings("nosuch", store)
    with pytest.raises(OptimizerError, match=r"missing\.json"):
        preset_settings(str(tmp_path / "missing.json"), store)


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(DdsError, match="file"):
        PresetStore(tmp_path / "file" / "presets").add(OwnPreset.of("Soft", SETTINGS, BLEND))
