"""The bundled parts, learnt from masks that the landmarks of a face and the mask of the person set.

    python docs/cards/bundled_parts.py portrait 41 43 15 10 6 5 4 --also engraving --out parts

writes a mask of each part for each seed, PART-seedN.png, a sheet of all of them to look at, masks.png, and the parts
that were learnt from them, PART.safetensors. The part of the emoji heads:

    python docs/cards/bundled_parts.py emoji 5 20 3 28 36 --parts eyes-nose-mouth --prefix emoji- --out parts
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import cv2
import numpy as np

from ddsgui.evaluation.sheet import contact_sheet
from ddsgui.faces.mesh import FACE_68, WIDE_SQUARE, FaceMesh
from ddsgui.faces.person_mask import SIDE_PX, PersonMask
from ddsgui.images import encode_png, to_uint8
from ddsgui.library.library import Library
from ddsgui.library.model_cache import ModelCache
from ddsgui.synthesis.latents import Seed
from ddsgui.synthesis.sampling import picture
from ddsgui.synthesis.segmenter import PartMetadata, save_segmenter
from ddsgui.synthesis.segmenter_training import PaintedExample, train_segmenter

PSI = 0.8
ALSO_SEEDS = 3
TINT = np.array((255, 72, 96))
OUTLINE, RIGHT_BROW, LEFT_BROW, NOSE, RIGHT_EYE, LEFT_EYE, LIPS = np.split(
    np.array(FACE_68), (17, 22, 27, 36, 42, 48)
)
TITLES = {
    "eyes-nose-mouth": "Eyes, nose, mouth",
    "glasses-and-brows": "Glasses and brows",
    "mouth-and-jaw": "Mouth and jaw",
    "hair": "Hair",
    "background": "Background",
}
HAIR_DISTANCE = 34.0  # in Lab, from the colours over the forehead, up to which a pixel is hair


def part_masks(image: np.ndarray, mesh: FaceMesh, person: PersonMask) -> dict[str, np.ndarray]:
    """Return the mask of each part in a portrait, uint8 [R, R, 3]: uint8 [R, R], 0 or 255."""
    side = len(image)
    found = mesh.find(image)
    if found is None:
        raise SystemExit("There is no face in one of the pictures; choose another seed.")
    points = found * SIDE_PX
    unit = float(np.linalg.norm(points[33] - points[263]))  # between the outer corners of the eyes
    large = cv2.resize(image, (SIDE_PX, SIDE_PX), interpolation=cv2.INTER_CUBIC)
    body = person.find(large) > 0.5

    def hull(indices: np.ndarray, margin: float = 0.0) -> np.ndarray:
        mask = np.zeros((SIDE_PX, SIDE_PX), np.uint8)
        cv2.fillConvexPoly(mask, cv2.convexHull(points[indices].round().astype(np.int32)), 1)
        return _grown(mask, margin * unit)

    eyes = [hull(eye, 0.11) for eye in (RIGHT_EYE, LEFT_EYE)]
    brows = [hull(brow, 0.06) for brow in (RIGHT_BROW, LEFT_BROW)]
    nose, lips = hull(NOSE, 0.07), hull(LIPS, 0.09)
    bridge = hull(np.array([193, 417, 122, 351]), 0.03)
    chin = points[OUTLINE[4:13]]
    jaw = np.concatenate([chin, points[[205, 425]]])
    lower = np.zeros((SIDE_PX, SIDE_PX), np.uint8)
    cv2.fillConvexPoly(lower, cv2.convexHull(jaw.round().astype(np.int32)), 1)
    lower = lower * (np.arange(SIDE_PX)[:, None] > points[2, 1] - 0.02 * unit)
    masks = {
        "eyes-nose-mouth": np.max([*eyes, nose, lips], 0),
        "glasses-and-brows": np.max([*(hull(np.r_[e, b], 0.12) for e, b in _rims()), *brows, bridge], 0),
        "mouth-and-jaw": np.maximum(_grown(lower, 0.03 * unit), lips),
        "hair": _hair(large, body, points, unit),
        "background": (~body).astype(np.uint8),
    }
    small = {
        name: cv2.resize(mask * 255, (side, side), interpolation=cv2.INTER_AREA)
        for name, mask in masks.items()
    }
    return {name: np.where(mask > 127, 255, 0).astype(np.uint8) for name, mask in small.items()}


def _rims() -> list[tuple[np.ndarray, np.ndarray]]:
    return [(RIGHT_EYE, RIGHT_BROW), (LEFT_EYE, LEFT_BROW)]


def _hair(image: np.ndarray, body: np.ndarray, points: np.ndarray, unit: float) -> np.ndarray:
    """Return the pixels of the person around the face whose colour is that of those over the forehead."""
    face = np.zeros(body.shape, np.uint8)
    brows = points[np.r_[RIGHT_BROW, LEFT_BROW]]
    oval = np.concatenate([points[OUTLINE], brows - (0, 0.12 * unit)])
    cv2.fillConvexPoly(face, cv2.convexHull(oval.round().astype(np.int32)), 1)
    lab = cv2.cvtColor(cv2.GaussianBlur(image, (0, 0), 1.2), cv2.COLOR_RGB2LAB).astype(np.float32)
    rows, columns = np.mgrid[: len(body), : len(body)]
    middle = points[[33, 263]].mean(0)
    inside = body & (face == 0)
    top = rows[body & (abs(columns - middle[0]) < 0.2 * unit)].min()
    over = (
        inside
        & (rows < top + 0.22 * unit)
        & (rows > top + 0.04 * unit)
        & (abs(columns - middle[0]) < 0.5 * unit)
    )
    hair = np.median(lab[over], 0)
    skin = np.median(lab[(face > 0) & (rows > middle[1] + 0.2 * unit)], 0)
    to_hair, to_skin = (np.linalg.norm(lab - colour, axis=-1) for colour in (hair, skin))
    chin = points[152, 1]
    alike = (to_hair < to_skin) & (to_hair < HAIR_DISTANCE) & (rows < chin + 0.25 * unit)
    mask = (inside & alike).astype(np.uint8)
    mask = cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((5, 5), np.uint8))
    neck = (rows > chin - 0.1 * unit) & (abs(columns - middle[0]) < 0.55 * unit)
    mask = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones((17, 17), np.uint8)) * (inside & ~neck)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8))
    return (labels == 1 + stats[1:, cv2.CC_STAT_AREA].argmax()).astype(np.uint8) if count > 1 else mask


def _grown(mask: np.ndarray, pixels: float) -> np.ndarray:
    reach = round(pixels)
    if reach < 1:
        return mask
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    return cv2.dilate(mask, kernel)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("domain", help="library name or file")
    parser.add_argument("seeds", type=int, nargs="+")
    parser.add_argument(
        "--also",
        help="a domain that draws the same shapes: the first three masks are learnt on its pictures as well",
    )
    parser.add_argument("--parts", nargs="+", choices=TITLES, default=list(TITLES))
    parser.add_argument("--prefix", default="", help="what the parts' names begin with")
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    models = ModelCache(Library())
    generator = models.generator(args.domain)
    also = None if args.also is None else models.generator(args.also)
    mesh, person = FaceMesh(square=WIDE_SQUARE), PersonMask()
    cells: list[np.ndarray] = []
    examples: dict[str, list[PaintedExample]] = {}
    for seed in args.seeds:
        image = to_uint8(picture(generator, seed, PSI)[0])
        cells.append(image)
        masks = part_masks(image, mesh, person)
        for name, mask in ((name, masks[name]) for name in args.parts):
            (args.out / f"{args.prefix}{name}-seed{seed}.png").write_bytes(encode_png(mask))
            tinted = np.where(mask[..., None] > 0, image * 0.5 + TINT * 0.5, image)
            cells.append(tinted.astype(np.uint8))
            painted = PaintedExample(Seed(seed), PSI, mask // 255)
            examples.setdefault(name, []).append(painted)
            if also is not None and seed in args.seeds[:ALSO_SEEDS]:
                examples[name].append(replace(painted, generator=also))
    sheet = contact_sheet(np.stack(cells), len(cells) // len(args.seeds))
    (args.out / "masks.png").write_bytes(encode_png(sheet))
    card = {"domain": Path(args.domain).stem, "seeds": args.seeds, "truncation": PSI, "licence": "MIT"}
    for name, painted in examples.items():
        *_, last = train_segmenter(generator, painted, (name,))
        assert last.segmenter is not None
        own_name = args.prefix + name
        title = f"{TITLES[name]} ({args.domain})" if args.prefix else TITLES[name]
        file = args.out / f"{own_name}.safetensors"
        save_segmenter(last.segmenter, file, PartMetadata(own_name, title, card=card))
        print(f"{name}: loss {last.loss:.4f}", flush=True)


if __name__ == "__main__":
    main()
