"""Runs in a project: what the window had comes back, within the limits."""

from __future__ import annotations

import json

import numpy as np
import pytest

from ddsgui.errors import ProjectError
from ddsgui.project import run_encoding
from ddsgui.project.archive import content_bytes
from ddsgui.project.frame_files import encode_frame
from ddsgui.project.frames import Frame
from ddsgui.project.project_run import THUMBNAIL
from ddsgui.project.run_encoding import THUMBNAIL_SIDE_PX, encode_run
from ddsgui.project.run_summary import RunSummary
from ddsgui.synthesis.settings import AdamMoments, MixResult
from tests.project.example_runs import bundle, latent, picture, project_run, search


def test_a_run_comes_back_with_its_frames_losses_and_result():
    run = search()
    opened, problems = project_run(run).open()
    assert not problems
    assert len(opened.frames) == 6 and opened.state == "done" and opened.iterations == 6
    for i in range(6):
        assert np.array_equal(opened.frames[i].image, run.frames[i].image)
        latent, searched = opened.frames[i].latent, run.frames[i].latent
        assert latent is not None and searched is not None and np.array_equal(latent, searched)
    assert np.allclose(opened.losses.columns(), run.losses.columns(), rtol=1e-5)
    assert opened.best is not None and opened.best.loss == 0.25
    assert opened.recipe == run.recipe


def test_a_fork_of_a_frame_has_adams_moments_exactly():
    opened, _ = project_run().open()
    fork = opened.fork(3)
    assert fork is not None and fork.moments is not None and fork.moments.steps == 2
    assert np.array_equal(fork.latent, latent(3)) and np.array_equal(fork.moments.square, latent(3 / 7))


def test_the_best_result_is_a_frame_even_if_no_frame_was_drawn_there():
    run = search(6, 4)
    run.frames._frames = [frame for frame in run.frames._frames if frame.iteration != 4]
    frames = [frame.iteration for frame in project_run(run).summary.frames]
    assert frames == [1, 2, 3, 4, 5, 6]


def test_frames_are_thinned_to_the_limit_of_bytes(monkeypatch):
    run = search(40, 17)
    whole = sum(
        len(content_bytes(content))
        for name, content in project_run(run).contents.items()
        if "frames/" in name
    )
    monkeypatch.setattr(run_encoding, "MAX_FRAMES_BYTES", whole - 1)
    assert len(project_run(run).summary.frames) < 40
    monkeypatch.setattr(run_encoding, "MAX_FRAMES_BYTES", whole // 3)
    thinned = project_run(run, flagged={23})
    size = sum(len(content_bytes(content)) for name, content in thinned.contents.items() if "frames/" in name)
    assert whole // 6 < size <= whole // 3
    assert {1, 17, 23, 40} <= {frame.iteration for frame in thinned.summary.frames}


def test_a_frame_is_rendered_as_the_files_of_a_mix():
    run = project_run()
    files, problems = run.frame_files(run.nearest(3))
    assert not problems
    assert set(files) == set(run.files()[0])
    assert files["result.png"] != run.files()[0]["result.png"]


def test_the_nearest_frame_is_the_earlier_of_two():
    run = search(6, 4)
    run.frames._frames = [frame for frame in run.frames._frames if frame.iteration in (2, 4, 6)]
    assert [project_run(run).nearest(i) for i in (0, 3, 5, 99)] == [2, 2, 4, 6]


def test_a_live_blend_has_no_latent_and_no_losses():
    run = search(1, 1)
    run.finish("done", MixResult(picture(7)))
    files = {k: v for k, v in bundle(run).items() if k not in ("latent.safetensors", "losses.csv")}
    opened, problems = encode_run(run, files).open()
    assert opened.best is not None and opened.best.latent is None and opened.best.loss is None
    assert not problems


def test_marks_and_names_change_without_touching_the_contents():
    run = project_run()
    changed = run.renamed("Ada").starred().flagged(3)
    assert (changed.summary.name, changed.summary.starred) == ("Ada", True)
    assert [f.iteration for f in changed.summary.frames if f.flagged] == [3]
    assert changed.contents is run.contents


@pytest.mark.parametrize(
    "name", ["frames/000003.safetensors", "losses.csv", "latent.safetensors", "result.png"]
)
def test_a_damaged_part_leaves_the_others(name):
    run = project_run()
    broken = type(run)(run.summary, {**run.contents, name: b"iteration,total\n1,x\n"})
    opened, _ = broken.open()
    assert len(opened.frames) == 6
    assert np.array_equal(opened.frames[2].image, picture(3))


def test_moments_of_another_shape_are_refused():
    run = project_run()
    odd = np.zeros((1, 4, 9), np.float32)
    files = encode_frame(Frame(3, picture(3), latent(3), AdamMoments(2, odd, odd)))
    broken = type(run)(run.summary, {**run.contents, **files})
    assert broken.frame(3).latent is None


def test_a_lost_recipe_is_said():
    run = project_run()
    contents = {name: content for name, content in run.contents.items() if name != "recipe.json"}
    with pytest.raises(ProjectError, match="recipe"):
        type(run)(run.summary, contents).open()


def test_a_thumbnail_is_small():
    thumbnail = project_run(search(2, 1, side=300)).thumbnail()
    assert max(thumbnail.shape) == THUMBNAIL_SIDE_PX
    assert THUMBNAIL in project_run().contents


def test_the_summary_is_plain_json():
    summary = project_run(name="Ada", starred=True, flagged={2}).summary
    data = json.loads(json.dumps(summary.as_dict()))
    assert type(summary).from_dict(0, data) == summary


@pytest.mark.parametrize(
    "change",
    [
        {"space": "v"},
        {"state": "asleep"},
        {"loss": float("nan")},
        {"seed": 2**70},
        {"iterations": -1},
        {"frames": {}},
        {"frames": [{"iteration": "1"}]},
        {"name": None},
        {"date": "x" * 5000},
    ],
)
def test_a_foreign_summary_is_refused(change):
    with pytest.raises(ProjectError):
        RunSummary.from_dict(1, {**project_run().summary.as_dict(), **change})
