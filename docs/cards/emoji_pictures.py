"""The pictures that the domain emoji learns from: 3D emoji heads without hats, with their landmarks.

    python docs/cards/emoji_pictures.py DATA FOLDER

reads style_fluent3d.zip in DATA, whose files are named by their code points, and writes heads.zip and landmarks.npz
into FOLDER, in some seconds. Landmarks are 68 points of the face and 17 on the outline of the head, as for portraits.
"""

from __future__ import annotations

import argparse
import io
import sys
import zipfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import cv2
import numpy as np
from PIL import Image

from ddsgui.faces.mesh import FACE_68, OUTER_EYE_CORNERS, FaceMesh
from ddsgui.faces.person_mask import SIDE_PX, head_outline

# Santa and Mrs Claus, caps, turbans, scarves, and a baby's single curl: too few of each to be mixed with others.
LEFT_OUT = ("1f385", "1f936", "1f472", "1f473", "1f9d5", "1f476")
WHITE = 249  # of 255: the backdrop


def head_mask(image: np.ndarray) -> np.ndarray:
    """Return where a head before white is: float32 [SIDE_PX, SIDE_PX], 0 or 1. image: uint8 [S, S, 3]."""
    dark = (image.min(2) < WHITE).astype(np.uint8)
    _, labels, statistics, _ = cv2.connectedComponentsWithStats(dark)
    largest = 1 + statistics[1:, cv2.CC_STAT_AREA].argmax()
    head = cv2.morphologyEx((labels == largest).astype(np.uint8), cv2.MORPH_CLOSE, np.ones((5, 5)))
    return cv2.resize(head.astype(np.float32), (SIDE_PX, SIDE_PX), interpolation=cv2.INTER_NEAREST)


def main() -> None:
    """Write the pictures and their landmarks."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path, help="folder with style_fluent3d.zip")
    parser.add_argument("folder", type=Path, help="where heads.zip and landmarks.npz are written")
    args = parser.parse_args()
    mesh = FaceMesh()
    args.folder.mkdir(parents=True, exist_ok=True)
    archive = zipfile.ZipFile(args.data / "style_fluent3d.zip")
    names: list[str] = []
    points: list[np.ndarray] = []
    with zipfile.ZipFile(args.folder / "heads.zip", "w") as written:
        for name in sorted(archive.namelist()):
            if not name.endswith(".jpg") or name.startswith(tuple(f"fluent_{code}" for code in LEFT_OUT)):
                continue
            content = archive.read(name)
            image = np.array(Image.open(io.BytesIO(content)).convert("RGB"))
            face = mesh.find(image)
            if face is None:
                print(f"{name} shows no face and is left out.")
                continue
            names.append(name)
            points.append(
                np.concatenate(
                    [face[list(FACE_68)], head_outline(head_mask(image), face[list(OUTER_EYE_CORNERS)])]
                )
            )
            written.writestr(zipfile.ZipInfo(name), content)
    np.savez(args.folder / "landmarks.npz", names=np.array(names), points=np.array(points, np.float32))
    print(f"{len(names)} heads.")


if __name__ == "__main__":
    main()
