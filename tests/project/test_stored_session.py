"""The window's state in a project, with its undo history."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from ddsgui.editing.mask import Stroke
from ddsgui.editing.session import Session
from ddsgui.errors import ProjectError
from ddsgui.project.archive import content_bytes
from ddsgui.project.project import Project
from ddsgui.project.project_file import read_project, write_project
from ddsgui.project.stored_session import SESSION, UNDO, decode_session, encode_session
from ddsgui.synthesis.blend_settings import BlendSettings
from ddsgui.synthesis.latents import Seed, StoredLatent
from ddsgui.synthesis.sample import Sample
from tests.project.example_runs import latent, picture


def session(crop: tuple[int, int] | None = None) -> Session:
    """Return a session with two steps done and one undone."""
    session = Session()
    mask = np.zeros((16, 16), np.uint8)
    mask[5:9, 6:10] = 255
    stored = StoredLatent(latent(2), "w+", "mine.npy")
    session.load(Sample(picture(1), picture(2), mask, mask.T.copy(), Seed(3), stored, 0.7, crop))
    session.source_domain, session.target_domain, session.part = "one", "two", "spot"
    session.blend = BlendSettings(depth=16)
    session.paint("source", Stroke(((4.0, 4.0, 2.0), (9.0, 8.0, 3.0))))
    session.invert("target")
    session.clear("source")
    session.undo()
    return session


@pytest.mark.parametrize("crop", [None, (16, 12)])
def test_a_session_comes_back_with_its_history(tmp_path, crop):
    before, after = session(crop), Session()
    write_project(tmp_path / "x.ddsgui", Project().with_session(before.state()))
    state, problems = read_project(tmp_path / "x.ddsgui").session()
    assert state is not None and not problems
    after.restore(state)
    assert (after.latent, after.target_latent) == (before.latent, before.target_latent)
    assert after.recipe() == before.recipe() and after.blend == before.blend
    assert np.array_equal(after.crossover_image, before.crossover_image)
    for act in ("redo", "undo", "undo", "undo"):
        assert (after.undo_label, after.redo_label) == (before.undo_label, before.redo_label)
        assert getattr(after, act)() == getattr(before, act)()
        for role in ("source", "target"):
            assert np.array_equal(after.mask(role), before.mask(role))
    assert not after.can_undo


def test_parts_with_settings_of_their_own_come_back(tmp_path):
    before, after = session(), Session()
    assert before.square is not None
    owners = np.repeat([[0, 1]], 16, 0).repeat(8, 1).astype(np.uint8)
    before.load(replace(before.square, owners=owners, part_names=("spot", "hair")))
    before.set_blend(BlendSettings(strength=0.5), "hair")
    write_project(tmp_path / "x.ddsgui", Project().with_session(before.state()))
    state, problems = read_project(tmp_path / "x.ddsgui").session()
    assert state is not None and not problems
    after.restore(state)
    assert after.parts == ("spot", "hair") and after.blends == before.blends
    for ours, theirs in zip(after.blend_parts(), before.blend_parts(), strict=True):
        assert np.array_equal(ours.source_mask, theirs.source_mask)


def test_a_session_without_pictures_keeps_its_domains_and_settings():
    empty, after = Session(), Session()
    empty.source_domain, empty.latent = "one", Seed(9)
    state, problems = decode_session(encode_session(empty.state()))
    after.restore(state)
    assert (after.source_domain, after.latent, after.sample) == ("one", Seed(9), None)
    assert not problems


@pytest.mark.parametrize(
    ("name", "remains"),
    [
        (UNDO, ("sample", "source_mask")),
        ("source_mask.png", ("sample",)),
        ("pair/target.png", ()),
    ],
)
def test_a_lost_part_leaves_the_rest(name, remains):
    files = encode_session(session().state())
    for broken in ({k: v for k, v in files.items() if k != name}, {**files, name: b"\x89PNG"}):
        state, problems = decode_session(broken)
        assert len(problems) == 1 and state.recipe.source == "one"
        parts = {"sample": state.sample, "source_mask": state.source_mask}
        assert tuple(key for key, value in parts.items() if value is not None) == remains
        assert not state.done
        Session().restore(state)


@pytest.mark.parametrize(
    "step",
    [
        {"label": "x", "role": "source", "rect": [0, 0, 99, 1]},
        {"label": "x", "role": "source", "rect": [-1, 0, 1, 1]},
        {"label": "x", "role": "source", "rect": [0, 0, 0, 0]},
        {"label": "x", "role": "both", "rect": [0, 0, 1, 1]},
        {"label": 5, "role": "source", "rect": [0, 0, 1, 1]},
        "step",
    ],
)
def test_an_impossible_undo_step_is_refused(step):
    files = encode_session(session().state())
    document = json.loads(content_bytes(files[SESSION]))
    document["done"] = [step]
    state, problems = decode_session({**files, SESSION: json.dumps(document).encode()})
    assert not state.done and len(problems) == 1 and state.source_mask is not None


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b'{"recipe": {}, "blend": {}}', b"[" * 100_000])
def test_without_domains_and_settings_there_is_one_sentence(content):
    with pytest.raises(ProjectError):
        decode_session({SESSION: content})
    state, problems = Project(session_files={SESSION: content}).session()
    assert state is None and len(problems) == 1


def test_a_gesture_that_has_not_ended_is_not_saved():
    before, painting = session(), session()
    painting.begin("source", "brush stroke")
    from ddsgui.editing.mask import Coverage
    from ddsgui.rect import Rect

    rect = Rect(0, 0, 3, 3)
    painting.preview("source", Coverage(rect, np.full((3, 3), 255, np.uint8)), rect)
    mask = painting.state().source_mask
    assert mask is not None and np.array_equal(mask, before.mask("source"))


def test_undo_after_a_swap_is_saved_with_the_mask_it_belongs_to():
    before, after = session(), Session()
    before.swap()
    after.restore(decode_session(encode_session(before.state()))[0])
    before.undo()
    after.undo()
    assert np.array_equal(after.mask("source"), before.mask("source"))
