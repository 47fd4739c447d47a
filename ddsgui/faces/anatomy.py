"""The landmarks of ddsgui.faces.mesh that outline the features of a face, in order along each outline."""

from __future__ import annotations

# From the top of the forehead over the person's left side to the chin and back.
OVAL = (
    *(10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377),
    *(152, 148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109),
)
JAW = OVAL[7:30]  # from ear to ear under the chin
# Each eye from one corner along its lower lid to the other corner and back along the upper lid.
EYES = (
    (33, 7, 163, 144, 145, 153, 154, 155, 133, 173, 157, 158, 159, 160, 161, 246),
    (263, 249, 390, 373, 374, 380, 381, 382, 362, 398, 384, 385, 386, 387, 388, 466),
)
UPPER_LIDS = tuple((eye[0], *eye[:7:-1]) for eye in EYES)  # from the outer corner to the inner one
LOWER_LIDS = tuple(eye[:9] for eye in EYES)
CREASES = ((247, 30, 29, 27, 28, 56, 190), (467, 260, 259, 257, 258, 286, 414))  # above the upper lids
# Each brow: its lower edge from the outer end, then its upper edge back.
BROWS = ((46, 53, 52, 65, 55, 107, 66, 105, 63, 70), (276, 283, 282, 295, 285, 336, 296, 334, 293, 300))
LIPS_OUTER = (61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291, 409, 270, 269, 267, 0, 37, 39, 40, 185)
LIPS_INNER = (78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308, 415, 310, 311, 312, 13, 82, 81, 80, 191)
UPPER_LIP = (*LIPS_OUTER[10:], 61, *LIPS_INNER[:9:-1], 308)
LOWER_LIP = (*LIPS_OUTER[:11], *LIPS_INNER[10::-1])
NOSE_BASE = (98, 97, 2, 326, 327)
NOSTRILS = ((129, 49, 48, 64, 98), (358, 279, 278, 294, 327))
NOSE_BRIDGE = (168, 6, 197, 195, 5, 4)
MIDLINE = (10, 151, 9, 168, 6, 197, 195, 5, 4, 2, 0, 17, 200, 152)
CHEEKS = (50, 280)
WARPED = tuple(
    sorted(
        {
            *OVAL[::2],
            *(i for part in (*EYES, *BROWS) for i in part[::2]),
            *(i for part in NOSTRILS for i in part),
            *LIPS_OUTER[::2],
            *(78, 14, 308, 13),
            *NOSE_BASE[::2],
            *NOSE_BRIDGE[::2],
            *(50, 280, 205, 425, 187, 411, 123, 352, 151, 9, 200, 199, 18, 164),
        }
    )
)
