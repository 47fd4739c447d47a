"""The pair of domains, the part and the seed that the window and `ddsgui mix` begin with."""

from __future__ import annotations

SOURCE, TARGET, PART = "portrait", "caricature", "eyes-nose-mouth"
SEED = 41  # a face whose features differ clearly between the two domains
