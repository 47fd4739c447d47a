"""The pictures that the domain portrait learns from: chosen faces before plain backdrops, with their landmarks.

    python docs/cards/portrait_pictures.py DATA FOLDER

reads faces.zip and portraits_128.zip in DATA, and writes faces.zip and landmarks.npz into FOLDER, in some minutes.
portrait-pictures.csv, next to this program, says which pictures were chosen and where each comes from. Landmarks are 68
points of the face and 17 on the outline of head and hair.
"""

from __future__ import annotations

import argparse
import csv
import io
import sys
import zipfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import cv2
import numpy as np
from PIL import Image
from tqdm import tqdm

from ddsgui.faces.mesh import FACE_68, OUTER_EYE_CORNERS, FaceMesh
from ddsgui.faces.person_mask import SIDE_PX, PersonMask, head_outline, on_plain_backdrop

CHOSEN = Path(__file__).with_name("portrait-pictures.csv")


def prepared(
    image: np.ndarray, mesh: FaceMesh, person_mask: PersonMask
) -> tuple[np.ndarray, np.ndarray] | None:
    """Return a portrait before a plain backdrop, at its own side, and its 85 landmarks; None if no face is found.

    image: uint8 [S, S, 3].
    """
    side = image.shape[0]
    large = cv2.resize(image, (SIDE_PX, SIDE_PX), interpolation=cv2.INTER_CUBIC)
    points = mesh.find(large)
    if points is None:
        return None
    mask = person_mask.find(large)
    outline = head_outline(mask, points[list(OUTER_EYE_CORNERS)])
    plain = on_plain_backdrop(large, mask)
    small = cv2.resize(plain, (side, side), interpolation=cv2.INTER_AREA)
    return small, np.concatenate([points[list(FACE_68)], outline])


def main() -> None:
    """Write the pictures and their landmarks."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path, help="folder with faces.zip and portraits_128.zip")
    parser.add_argument("folder", type=Path, help="where faces.zip and landmarks.npz are written")
    args = parser.parse_args()
    with CHOSEN.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    mesh, person_mask = FaceMesh(), PersonMask()
    args.folder.mkdir(parents=True, exist_ok=True)
    archives = {name: zipfile.ZipFile(args.data / name) for name in {row["archive"] for row in rows}}
    names: list[str] = []
    points: list[np.ndarray] = []
    with zipfile.ZipFile(args.folder / "faces.zip", "w") as written:
        for row in tqdm(rows, disable=None):
            image = np.array(Image.open(archives[row["archive"]].open(row["file"])).convert("RGB"))
            result = prepared(image, mesh, person_mask)
            if result is None:
                print(f"{row['name']} shows no face and is left out.")
                continue
            plain, landmarks = result
            names.append(row["name"])
            encoded = io.BytesIO()
            Image.fromarray(plain).save(encoded, "JPEG", quality=96, subsampling=0)
            written.writestr(zipfile.ZipInfo(row["name"]), encoded.getvalue())
            points.append(landmarks)
    np.savez(args.folder / "landmarks.npz", names=np.array(names), points=np.array(points, np.float32))


if __name__ == "__main__":
    main()
