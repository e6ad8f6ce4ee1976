"""How large the dictionaries of canvas networks are, chosen on pilots: latents and active ones, by what is then scored.

Networks of seeds 100-105 with 16 units, trained where most slots are empty and where most are full; scored on canvases
of training digits, half of whose slots are empty. What came out is kept as text in ``dictionary_tuning.json``
(``python -m mnist_interp.experiments.dictionary_tuning`` writes it anew, in some minutes), and
`slot_dictionaries.CHOSEN` is the size whose autoencoder has the largest mean AUROC over both.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib import resources
from typing import Any

import numpy as np

from mnist_interp.experiments import slot_dictionaries, slot_features
from mnist_interp.experiments.slot_dictionaries import AUTOENCODER, STEPS
from mnist_interp.methods import activations, dictionaries
from mnist_interp.runtime import parallel
from mnist_interp.training import canvas_networks, registry

LATENTS, ACTIVE = (32, 64, 128), (2, 4, 8)
ARMS = ("four slots, mostly empty, 16 units", "four slots, mostly full, 16 units")
SEEDS = registry.PILOT_SEEDS[:6]
_SCORED_SEED, _SCORED = 11, 10_000
Table = dict[str, dict[str, dict[str, list[float]]]]


def _of_arm(arm: str, latents: int, active: int) -> dict[str, list[float]]:
    """Return mean AUROCs of best latents by dictionary, one a pilot."""
    recipe, _ = canvas_networks.NETWORKS[arm]
    pilots = canvas_networks.CanvasPopulation(recipe, SEEDS)
    fit = slot_features.fit_canvases(recipe)
    scored = slot_features.drawn("train", slot_features.TEST_EMPTY, _SCORED_SEED, _SCORED)
    read = [
        [activations.record(run.model(), shown.pixels, "relu2")["relu2"].numpy() for shown in (fit, scored)]
        for run in pilots
    ]
    sized = {"latents": latents, "active": active}
    seeds = [10 * seed for seed in SEEDS]
    learned = dictionaries.autoencoders(np.stack([one for one, _ in read]), seeds=seeds, steps=STEPS, **sized)
    found: dict[str, list[float]] = {AUTOENCODER: [], "k-means": [], "neurons": [], "PCA": [], "ICA": []}
    for autoencoder, (on_fit, on_scored), seed in zip(learned, read, SEEDS, strict=True):
        simpler = (
            dictionaries.clusters(on_fit, seed=seed, **sized),
            dictionaries.neurons(on_fit, active=active),
            dictionaries.principal(on_fit, active=active),
            dictionaries.independent(on_fit, active=active, seed=seed),
        )
        for name, one in zip(found, (autoencoder, *simpler), strict=True):
            best = slot_dictionaries.told(one.codes(on_fit), one.codes(on_scored), fit, scored).best
            found[name].append(round(float(best.mean()), 4))
    return found


def measure() -> Table:
    """Return mean AUROCs by arm, by size (``"64 latents, 4 active"``) and by dictionary, one a pilot."""
    sizes = [(latents, active) for latents in LATENTS for active in ACTIVE]
    jobs = [(arm, *size) for arm in ARMS for size in sizes]
    found: Table = {arm: {} for arm in ARMS}
    for (arm, latents, active), rows in zip(jobs, parallel.each(_of_arm, jobs), strict=True):
        found[arm][f"{latents} latents, {active} active"] = rows
    return found


def kept() -> Table:
    """Return the table as it was measured."""
    text = resources.files("mnist_interp.experiments").joinpath("dictionary_tuning.json").read_text(encoding="utf-8")
    found: Any = json.loads(text)
    return found


def best(table: Mapping[str, Mapping[str, Mapping[str, list[float]]]]) -> str:
    """Return the size whose autoencoder has the largest mean AUROC over both arms."""
    sizes = next(iter(table.values()))
    return max(sizes, key=lambda size: np.mean([rows[size][AUTOENCODER] for rows in table.values()]))


if __name__ == "__main__":
    parallel.prepare()
    resources.files("mnist_interp.experiments").joinpath("dictionary_tuning.json").write_text(  # type: ignore[attr-defined]
        json.dumps(measure(), indent=1) + "\n", encoding="utf-8"
    )
