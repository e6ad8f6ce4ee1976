"""The lesions behind the published sentences, as the lesion bench offers them: by what is lesioned, a dose each."""

from __future__ import annotations

_DOSES: dict[tuple[int, ...], tuple[float | str, ...]] = {
    (0,): (0, "mean"),
    (6,): (0, 3),
    (7,): (0, 3),
    (8,): (0, "mean", 3),
    (14,): (0, 3),
    (15,): (0, 3),
    (7, 14): (0, "mean"),
    (0, 6): ("mean",),
}
PUBLISHED: dict[str, list[dict[str, dict[str, float | str]]]] = {
    ("Neuron " if len(units) == 1 else "Neurons ") + " and ".join(map(str, units)): [
        {"relu2": {str(unit): dose for unit in units}} for dose in doses
    ]
    for units, doses in _DOSES.items()
}
