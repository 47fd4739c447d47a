"""Entries are added, downloaded, removed and verified, with tiny generators."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from ddsgui import paths
from ddsgui.checkpoints import model_file
from ddsgui.checkpoints.checkpoint import DomainMetadata, discriminator_path, read_generator, save_generator
from ddsgui.errors import CheckpointError, DdsError, LibraryError
from ddsgui.images import read_image
from ddsgui.library import thumbnails, trash
from ddsgui.library.add import add, add_steps, discard_download, fetch_steps
from ddsgui.library.card import Card, card_details, cards
from ddsgui.library.catalogue import CatalogueEntry
from ddsgui.library.checksums import Checksums
from ddsgui.library.library import Entry, Library, split_class
from ddsgui.library.model_cache import ModelCache
from ddsgui.library.verification import Verification, verify_steps
from ddsgui.steps import result_of
from ddsgui.stylegan.generator import Generator, GeneratorConfig
from ddsgui.synthesis.segmenter import PartMetadata, Segmenter, save_segmenter

GOLDEN = Path(__file__).parents[1] / "checkpoints/golden"
SIDE = 16


@pytest.fixture(scope="module")
def native(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two domains, "first" and "classes" (of ten classes), and the part "spot"."""
    folder = tmp_path_factory.mktemp("native")
    config = GeneratorConfig(SIDE, 8, 8, 2, (8,) * 3)
    for name, generator_config in (("first", config), ("classes", replace(config, classes=10))):
        torch.manual_seed(1)
        generator = Generator(generator_config)
        generator.estimate_w_mean()
        metadata = DomainMetadata(name, name.title(), {"origin": "random weights", "licence": "CC0"})
        save_generator(generator, folder / f"{name}.safetensors", metadata)
    segmenter = Segmenter(config.layer_channels(), SIDE, ("spot", "dot"), "S")
    save_segmenter(segmenter, folder / "spot.safetensors", PartMetadata("spot"))
    return folder


def card(library: Library, name: str) -> Card:
    return next(candidate for candidate in cards(library) if candidate.name == name)


def verified(library: Library, entry: Entry) -> Verification:
    return result_of(verify_steps(library, entry))


def fetched(library: Library, offer: CatalogueEntry, **options: Any) -> Entry:
    return result_of(fetch_steps(library, offer, **options))


@pytest.mark.parametrize("name", ["rosinality.pt", "nvlabs_stylegan2_ada.pkl", "tensorflow_stylegan2.pkl"])
def test_a_foreign_checkpoint_is_converted_and_draws_the_same(own, name):
    entry = add(own, GOLDEN / name, title="Gold")
    assert (entry.name, entry.title, entry.kind) == (name.partition(".")[0], "Gold", "domain")
    assert entry.path.parent == own.folder / "domains"
    ws = torch.randn(1, 8, 64)
    with torch.no_grad():
        torch.testing.assert_close(
            read_generator(entry.path).synthesis(ws), read_generator(GOLDEN / name).synthesis(ws)
        )
    assert f"converted from {name}" in card(own, entry.name).origin


@pytest.mark.parametrize("name", ["state.pt", "mine.safetensors", "spot.safetensors"])
def test_adding_that_is_cancelled_at_any_step_leaves_the_library_as_it_was(own, native, tmp_path, name):
    natives = {"mine": native / "first.safetensors", "spot": native / "spot.safetensors"}
    source = tmp_path / name
    source.write_bytes(natives.get(source.stem, GOLDEN / "rosinality.pt").read_bytes())
    if source.stem == "mine":
        discriminator_path(source).write_bytes(b"judge")
    stages = [stage.text for stage in add_steps(Library(tmp_path / "another"), source, "new")]
    add(own, native / "classes.safetensors")
    before = {path: path.read_bytes() for path in own.folder.rglob("*") if path.is_file()}
    for stage_text in dict.fromkeys(stages):
        steps = add_steps(own, source, "new")
        while next(steps).text != stage_text:
            pass
        steps.close()
        assert {path: path.read_bytes() for path in own.folder.rglob("*") if path.is_file()} == before
    kinds = [text.split()[0] for text in stages]
    assert kinds[0] == "Reading" and "Loading" in kinds
    assert ("Comparing" in kinds) == (name == "state.pt") and ("Copying" in kinds) == (name != "state.pt")


@pytest.mark.parametrize("name", ["rosinality.pt", "first.safetensors"])
def test_the_second_of_two_added_under_one_name_at_once_is_refused(own, native, name):
    path = GOLDEN / name if name.endswith(".pt") else native / name
    late = add_steps(own, path, name="mine")
    for _ in range(3):
        next(late)
    winner = add(own, native / "classes.safetensors", name="mine")
    content = winner.path.read_bytes()
    with pytest.raises(DdsError, match="name"):
        result_of(late)
    assert winner.path.read_bytes() == content
    assert [path.name for path in winner.path.parent.iterdir()] == ["mine.safetensors"]


def test_a_foreign_file_is_read_once(own, monkeypatch):
    reads: list[Path] = []
    read = model_file.read_contents
    monkeypatch.setattr(model_file, "read_contents", lambda path: reads.append(path) or read(path))
    add(own, GOLDEN / "rosinality.pt")
    assert reads == [GOLDEN / "rosinality.pt"]


def test_a_native_domain_is_copied_with_its_discriminator(own, native, tmp_path):
    source = tmp_path / "mine.safetensors"
    source.write_bytes((native / "first.safetensors").read_bytes())
    discriminator_path(source).write_bytes(b"judge")
    entry = add(own, source)
    assert entry.path.read_bytes() == source.read_bytes()
    assert discriminator_path(entry.path).read_bytes() == b"judge"
    assert card(own, "mine").licence == "CC0"


def test_a_part_is_copied_and_lists_the_domains_that_it_fits(own, native):
    add(own, native / "first.safetensors")
    add(own, GOLDEN / "rosinality.pt")
    assert add(own, native / "spot.safetensors").kind == "part"
    assert card(own, "spot").family == ("first",)
    assert card(own, "spot").classes == 2
    assert ("fits", "first") in card_details(card(own, "spot"))


def test_a_file_that_is_in_the_library_is_not_added_again(own, native):
    add(own, GOLDEN / "rosinality.pt", "gold")
    add(own, native / "first.safetensors")
    for path in (GOLDEN / "rosinality.pt", own.domain("gold"), native / "first.safetensors"):
        with pytest.raises(LibraryError, match=r"already in the library, as (gold|first)\."):
            add(own, path, "another")


def test_a_name_that_is_taken_is_refused(own, native):
    add(own, native / "first.safetensors")
    with pytest.raises(LibraryError, match="The domain first is already in the library"):
        add(own, GOLDEN / "rosinality.pt", "First")
    with pytest.raises(LibraryError, match="cannot be called"):
        add(own, GOLDEN / "rosinality.pt", "a/b")


def test_any_file_name_becomes_a_valid_name(own, tmp_path):
    odd = tmp_path / "-ffhq @ 256 (final)#2 .pt"
    odd.write_bytes((GOLDEN / "rosinality.pt").read_bytes())
    assert add(own, odd).name == "ffhq - 256 (final)-2"


def test_a_file_that_is_not_a_model_leaves_the_library_as_it_was(own, tmp_path):
    (tmp_path / "notes.pt").write_text("hello")
    with pytest.raises(CheckpointError, match=r"notes\.pt"):
        add(own, tmp_path / "notes.pt")
    with pytest.raises(LibraryError, match="is a folder"):
        add(own, tmp_path)
    with pytest.raises(CheckpointError, match="gone"):
        add(own, tmp_path / "gone.pt")
    assert not own.folder.exists()


def test_a_domain_may_be_cropped_to_the_middle_of_its_square(own):
    entry = add(own, GOLDEN / "rosinality.pt", crop=(32, 24))
    assert card(own, entry.name).resolution == (32, 24)
    assert read_generator(entry.path).config.unpadded_size == (32, 24)
    assert read_image(thumbnails.make_thumbnail(own, entry)).shape == (48, 64, 3)


def test_classes_are_kept_and_chosen_by_number(own, native):
    entry = add(own, native / "classes.safetensors")
    assert card(own, "classes").classes == 10
    models = ModelCache(own)
    three, seven = models.generator("classes#3"), models.generator(f"{entry.path}#7")
    assert (three.class_index, seven.class_index) == (3, 7)
    assert models.generator("classes#3") is three
    for name, words in (("classes", "as in classes#0"), ("classes#10", "classes has no class 10")):
        with pytest.raises(CheckpointError, match=words):
            models.generator(name)
    assert verified(own, entry).ok
    assert read_image(thumbnails.make_thumbnail(own, entry)).shape == (2 * SIDE, 2 * SIDE, 3)


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("portrait", ("portrait", None)),
        ("cifar#3", ("cifar", 3)),
        ("a/b.pkl#0", ("a/b.pkl", 0)),
        ("a#b#12", ("a#b", 12)),
    ],
)
def test_a_class_is_split_from_a_domain(name, parts):
    assert split_class(name) == parts


@pytest.mark.parametrize(
    "name", ["cifar#", "cifar#dog", "#3", "cifar#-1", "cifar#3.5", "cifar#²", "c#9999999"]
)
def test_a_class_that_is_not_a_number_is_refused(name):
    with pytest.raises(LibraryError, match="does not name a class"):
        split_class(name)


def test_an_existing_file_with_a_hash_in_its_name_is_not_split(tmp_path):
    (tmp_path / "model#2").touch()
    assert split_class(str(tmp_path / "model#2")) == (str(tmp_path / "model#2"), None)


def test_a_removed_domain_is_restored_or_discarded(own, native):
    entry = add(own, native / "first.safetensors")
    discriminator_path(entry.path).write_bytes(b"judge")
    removed = trash.remove(own, entry)
    assert own.domains() == []
    assert not discriminator_path(entry.path).exists()
    assert removed.restore() == entry
    assert [e.name for e in own.domains()] == ["first"]
    assert discriminator_path(entry.path).read_bytes() == b"judge"
    trash.remove(own, entry).discard()
    assert own.domains() == []
    assert sorted(p.name for p in own.folder.iterdir()) == ["checksums.json", "domains"]


def test_an_undo_does_not_take_the_name_of_another_domain(own, native):
    entry = add(own, native / "first.safetensors")
    removed = trash.remove(own, entry)
    add(own, GOLDEN / "rosinality.pt", "first")
    with pytest.raises(LibraryError, match="another domain called first"):
        removed.restore()


def test_bundled_entries_are_not_removed(own, native, tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "assets", lambda: tmp_path / "assets")
    (tmp_path / "assets/domains").mkdir(parents=True)
    (tmp_path / "assets/domains/first.safetensors").write_bytes((native / "first.safetensors").read_bytes())
    with pytest.raises(LibraryError, match="comes with ddsgui"):
        trash.remove(own, own.entry("first"))
    with pytest.raises(LibraryError, match="comes with ddsgui"):
        add(own, GOLDEN / "rosinality.pt", "first")


def test_a_removal_lists_the_domains_derived_from_the_removed_one(own, native):
    entry = add(own, native / "first.safetensors")
    child = DomainMetadata("child", parent=Checksums(own.folder).of(entry.path))
    save_generator(read_generator(entry.path), own.domain_path("child"), child)
    assert card(own, "child").family == ("first",)
    assert trash.remove(own, entry).dependents == ("child",)


def test_the_trash_is_emptied_after_a_day(own, native):
    fresh = trash.remove(own, add(own, native / "first.safetensors"))
    old = trash.remove(own, add(own, GOLDEN / "rosinality.pt"))
    os.utime(old.folder, (0, 0))
    trash.empty_trash(own)
    assert fresh.folder.exists() and not old.folder.exists()


def test_an_intact_file_is_verified(own, native):
    verification = verified(own, add(own, native / "first.safetensors"))
    assert verification.ok
    assert "as recorded" in verification.text and f"drew {SIDE} × {SIDE} px" in verification.text
    assert "of a picture of first" in verified(own, add(own, native / "spot.safetensors")).text


def test_a_part_without_a_domain_is_verified_as_far_as_possible(own, native):
    verification = verified(own, add(own, native / "spot.safetensors"))
    assert verification.ok and "no domain of the library fits" in verification.text


def test_a_flipped_bit_is_found(own, native):
    entry = add(own, native / "first.safetensors")
    content, time = bytearray(entry.path.read_bytes()), entry.path.stat().st_mtime_ns
    content[-3] ^= 1
    entry.path.write_bytes(content)
    os.utime(entry.path, ns=(time, time))
    verification = verified(own, entry)
    assert not verification.ok
    assert "damaged on the disk" in verification.text
    assert verification.as_dict()["ok"] is False


def test_a_broken_file_has_a_card_that_says_so_and_can_be_removed(own, native):
    path = add(own, native / "first.safetensors").path
    path.write_bytes(path.read_bytes()[:100])
    broken = card(own, "first")
    assert broken.broken is not None and "damaged" in broken.broken
    assert broken.thumbnail is None
    assert broken.entry is not None
    assert not verified(own, broken.entry).ok
    with pytest.raises(LibraryError, match="damaged"):
        thumbnails.make_thumbnail(own, broken.entry)
    trash.remove(own, own.entry("first")).discard()
    assert not path.exists()


def test_a_name_of_both_kinds_needs_the_kind(own, native):
    add(own, native / "first.safetensors", "both")
    add(own, native / "spot.safetensors", "both")
    with pytest.raises(LibraryError, match="--kind"):
        own.entry("both")
    assert own.entry("both", "part").kind == "part"
    with pytest.raises(LibraryError, match=r"no domain or part xyz.*both"):
        own.entry("xyz")


def test_thumbnails_are_made_once(own, native, monkeypatch):
    entry, part = add(own, native / "first.safetensors"), add(own, native / "spot.safetensors")
    for item in (entry, part):
        assert thumbnails.find_thumbnail(own, item) is None
        path = thumbnails.make_thumbnail(own, item)
        assert path.is_relative_to(paths.user_cache())
        assert thumbnails.find_thumbnail(own, item) == card(own, item.name).thumbnail == path
        assert read_image(path).shape == (2 * SIDE, 2 * SIDE, 3)
    monkeypatch.setattr(thumbnails, "_domain", lambda path: pytest.fail("drawn again"))
    thumbnails.make_thumbnail(own, entry)


def test_a_part_that_fits_nothing_has_no_thumbnail(own, native):
    part = add(own, native / "spot.safetensors")
    assert thumbnails.find_thumbnail(own, part) is None
    with pytest.raises(LibraryError, match="No domain of the library fits"):
        thumbnails.make_thumbnail(own, part)


def test_a_catalogue_entry_is_downloaded_and_added(own, shop):
    shop.server.files["/model.pt"] = content = (GOLDEN / "rosinality.pt").read_bytes()
    offer = shop.offer(resolution=(32, 32), family="gold")
    own.folder.mkdir()
    entry = fetched(own, offer)
    assert entry.name == "model"
    assert (entry.card["licence"], entry.card["family"]) == ("CC0", "gold")
    assert Checksums(own.folder).download("model") == entry.card["sha256"]
    assert list((own.folder / "downloads").iterdir()) == []
    assert len(content) > 0
    with pytest.raises(LibraryError, match=r"model is already in the library\."):
        fetched(own, offer)


def test_a_second_download_must_be_the_same_file(own, shop):
    shop.server.files["/model.pt"] = (GOLDEN / "rosinality.pt").read_bytes()
    entry = fetched(own, shop.offer())
    trash.remove(own, entry).discard()
    shop.server.files["/model.pt"] = (GOLDEN / "rosinality_dataparallel.pt").read_bytes()
    with pytest.raises(LibraryError, match="downloaded first"):
        fetched(own, shop.offer())
    assert own.domains() == []
    assert fetched(own, shop.offer(), accept_new=True).card["sha256"] != entry.card["sha256"]


def test_a_download_that_is_not_a_model_is_deleted_and_not_recorded(own, shop):
    with pytest.raises(CheckpointError, match="was deleted"):
        fetched(own, shop.offer())
    assert list((own.folder / "downloads").iterdir()) == []
    assert Checksums(own.folder).download("model") is None


def test_an_unfinished_download_is_on_its_card(own, shop, tmp_path, monkeypatch):
    monkeypatch.setattr("ddsgui.library.card.read_catalogue", lambda folder: [shop.offer()])
    steps = fetch_steps(own, shop.offer())
    next(steps)
    steps.close()
    assert card(own, "model").state == "downloadable"
    assert card(own, "model").received > 0
    discard_download(own, shop.offer())
    assert card(own, "model").received == 0


def test_a_file_downloaded_by_hand_is_the_catalogue_entry_if_it_fits(own, native, shop, monkeypatch):
    offer = shop.offer(direct=(), resolution=(32, 32), family="gold")
    sister = shop.offer(name="sister", family="gold")
    monkeypatch.setattr("ddsgui.library.card.read_catalogue", lambda folder: [offer, sister])
    assert card(own, "model").family == ("sister",)
    with pytest.raises(LibraryError, match="draws 32 pixels, not 256"):
        add(own, GOLDEN / "rosinality.pt", published=replace(offer, resolution=(256, 256)))
    with pytest.raises(LibraryError, match="another SHA-256"):
        add(own, GOLDEN / "rosinality.pt", published=replace(offer, sha256="ab" * 32))
    with pytest.raises(LibraryError, match="is a part"):
        add(own, native / "spot.safetensors", published=offer)
    add(own, GOLDEN / "rosinality.pt", published=offer)
    matching = [candidate for candidate in cards(own) if candidate.name == "model"]
    assert [(candidate.state, candidate.licence, candidate.page) for candidate in matching] == [
        ("added", "CC0", offer.page)
    ]
    assert card(own, "sister").family == ("model",)


def test_catalogue_entries_of_one_family_are_relatives_once_installed(own, shop):
    for name, file in (("one", "rosinality.pt"), ("two", "nvlabs_stylegan2_ada.pkl")):
        add(own, GOLDEN / file, published=shop.offer(name=name, family="gold"))
    add(own, GOLDEN / "tensorflow_stylegan2.pkl", published=shop.offer(name="three", family="other"))
    assert card(own, "one").family == ("two",)
    assert card(own, "three").family == ()


def test_a_broken_catalogue_does_not_hide_the_library(own, native, caplog):
    add(own, native / "first.safetensors")
    (own.folder / "catalogue.json").write_text("{")
    assert [candidate.name for candidate in cards(own)] == ["first"]
    assert "catalogue.json" in caplog.text


@pytest.mark.parametrize("failing", ["mine.safetensors", "mine.discriminator.safetensors"])
def test_a_removal_or_its_undo_that_fails_halfway_can_be_tried_again(own, monkeypatch, failing):
    entry = add(own, GOLDEN / "rosinality.pt", name="mine")
    companion = entry.path.with_name("mine.discriminator.safetensors")
    companion.write_bytes(b"discriminator")
    replace = Path.replace

    def fail(self, target):
        if self.name == failing:
            raise OSError(13, "Permission denied")
        return replace(self, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", fail)
        with pytest.raises(LibraryError, match="cannot be moved: permission denied"):
            trash.remove(own, entry)
    assert entry.path.is_file() and companion.is_file()
    assert not list((own.folder / ".removed").glob("*/*"))
    removed = trash.remove(own, entry)
    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", fail)
        with pytest.raises(LibraryError, match="cannot be moved"):
            removed.restore()
    removed.restore()
    assert entry.path.is_file() and companion.read_bytes() == b"discriminator"


def test_the_removal_of_a_missing_file_is_refused(own, native):
    entry = add(own, native / "first.safetensors")
    entry.path.unlink()
    with pytest.raises(LibraryError, match="no longer exists"):
        trash.remove(own, entry)


def test_an_undo_that_moved_only_some_files_can_be_finished(own):
    entry = add(own, GOLDEN / "rosinality.pt", name="mine")
    companion = entry.path.with_name("mine.discriminator.safetensors")
    companion.write_bytes(b"discriminator")
    removed = trash.remove(own, entry)
    (removed.folder / entry.path.name).replace(entry.path)  # as if the undo had been killed
    removed.restore()
    assert companion.is_file() and not removed.folder.exists()


def test_a_source_that_cannot_be_read_is_named_rather_than_the_target(own, native, tmp_path, monkeypatch):
    source = Path(shutil.copy(native / "spot.safetensors", tmp_path / "spot.safetensors"))
    # The last call before the file is copied.
    monkeypatch.setattr(Library, "name_problem", lambda *_: source.unlink())
    with pytest.raises(LibraryError, match=rf"{source} cannot be read"):
        add(own, source)
    assert own.all_files("part") == []


def test_a_download_is_hashed_once(own, shop, monkeypatch):
    from ddsgui.download import resumable
    from ddsgui.library import add as module

    hashed = []
    steps = resumable.sha256_steps
    for place in (resumable, module):
        monkeypatch.setattr(place, "sha256_steps", lambda path: hashed.append(path) or steps(path))
    shop.server.files["/model.pt"] = (GOLDEN / "rosinality.pt").read_bytes()
    fetched(own, shop.offer())
    assert len(hashed) == 1
