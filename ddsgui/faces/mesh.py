"""The 468 landmarks of a face, by MediaPipe's face mesh, which OpenCV reads without TensorFlow.

Kartynnik et al., "Real-time Facial Surface Geometry from Monocular Video on Mobile GPUs", CVPR Workshops 2019. The
numbers of the points are MediaPipe's.
"""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from ddsgui import paths
from ddsgui.errors import LibraryError

POINTS = 468
OUTER_EYE_CORNERS = (33, 263)
# 68 points that mark a face: 17 each of the outline, then brows, nose, eyes and lips.
FACE_68 = (
    *(162, 234, 93, 58, 172, 136, 149, 148, 152, 377, 378, 365, 397, 288, 323, 454, 389),
    *(71, 63, 105, 66, 107, 336, 296, 334, 293, 301),
    *(168, 197, 5, 4, 75, 97, 2, 326, 305),
    *(33, 160, 158, 133, 153, 144, 362, 385, 387, 263, 373, 380),
    *(61, 39, 37, 0, 267, 269, 291, 405, 314, 17, 84, 181, 78, 82, 13, 312, 308, 317, 14, 87),
)

_INPUT_PX = 192
_POINTS_OUTPUT, _FACE_OUTPUT = "conv2d_20", "conv2d_30"
# Squares in which the face is looked for, as left, top and side in fractions of the picture's: where it is in
# portraits that are aligned like FFHQ's. In the wide one, chins and cheeks are found better, and eyes hardly worse.
CLOSE_SQUARE = (0.14, 0.17, 0.72)
WIDE_SQUARE = (0.02, 0.08, 0.96)


class FaceMesh:
    """Finds the landmarks of the face in an aligned portrait. Not to be shared between threads."""

    def __init__(self, path: Path | None = None, square: tuple[float, float, float] = CLOSE_SQUARE) -> None:
        """path: of the network; None: the bundled one. Raises LibraryError if it is missing or damaged."""
        self._square = square
        path = path or paths.assets() / "landmarks" / "face_landmark.tflite"
        # The new engine of OpenCV 5 computes only the first of the two outputs; older versions know no other than the
        # classic one. It is chosen only where the network is read from a path, not from bytes.
        engine = [cv2.dnn.ENGINE_CLASSIC] if hasattr(cv2.dnn, "ENGINE_CLASSIC") else []
        try:
            self._network = cv2.dnn.readNetFromTFLite(str(path), *engine)
        except cv2.error as error:
            raise LibraryError(
                f"The network for landmarks {path} is missing or damaged; install ddsgui again."
            ) from error

    def find(self, image: np.ndarray) -> np.ndarray | None:
        """Return the points of the face in an image, float64 [468, 2]: x and y in fractions of its side.

        image: uint8 [H, H, 3], RGB. None if there is no face where aligned
        portraits have it.
        """
        left, top, side = self._square
        scale = _INPUT_PX / (side * image.shape[0])
        # Pixel centres, which lie half a pixel from the edge, stay pixel centres.
        shift = [(scale - 1) / 2 - start * image.shape[0] * scale for start in (left, top)]
        matrix = np.array([[scale, 0, shift[0]], [0, scale, shift[1]]])
        face = cv2.warpAffine(image, matrix, (_INPUT_PX, _INPUT_PX), borderMode=cv2.BORDER_REPLICATE)
        self._network.setInput(cv2.dnn.blobFromImage(face, 1 / 255))
        points, confidence = self._network.forward([_POINTS_OUTPUT, _FACE_OUTPUT])
        if confidence.item() <= 0:
            return None
        return points.reshape(POINTS, 3)[:, :2].astype(np.float64) / _INPUT_PX * side + (left, top)
