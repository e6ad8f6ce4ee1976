"""What the prose glues of dictionaries of canvas networks."""

from __future__ import annotations

from typing import Any

import xarray as xr

from mnist_interp.chapters.superposition import dictionary_frames
from mnist_interp.experiments import dictionary_tuning, slot_dictionaries
from mnist_interp.experiments.slot_dictionaries import (
    AUTOENCODER,
    CHOSEN,
    PIXELS,
    SIMPLER,
    TRANSCODER,
    TWIN,
    UNSILENCED,
    UNTRAINED,
)

Numbers = dict[str, Any]
KEYS = {
    AUTOENCODER: "sae",
    TRANSCODER: "transcoder",
    "neurons": "neurons",
    "PCA": "pca",
    "ICA": "ica",
    "NMF": "nmf",
    "k-means": "kmeans",
    "random directions": "random",
    UNSILENCED: "unsilenced",
    UNTRAINED: "untrained",
    TWIN: "twin",
    PIXELS: "pixels",
}


def compared(found: xr.Dataset, *, prefix: str) -> Numbers:
    """Return scores of `slot_dictionaries.compared`, means over networks: ``PREFIX_SCORE_KEY``.

    Scores are ``auroc``, ``matched``, ``explained``, ``recovered``, ``shared`` and ``moved``, keys those of `KEYS`. Of
    the best of six simpler dictionaries ``PREFIX_best`` is the commonest, ``PREFIX_best_share`` in how many networks.
    """
    means = dictionary_frames.scored(found)
    numbers: Numbers = {
        f"{prefix}_{score}_{key}": values.sel(dictionary=name).mean().item()
        for score, values in means.items()
        for name, key in KEYS.items()
    }
    simpler = means["auroc"].sel(dictionary=list(SIMPLER))
    winners = simpler.idxmax("dictionary").to_numpy().tolist()
    commonest = max(SIMPLER, key=winners.count)
    return {
        **numbers,
        f"{prefix}_best": commonest,
        f"{prefix}_best_share": winners.count(commonest) / len(winners),
        f"{prefix}_best_auroc": simpler.max("dictionary").mean().item(),
        f"{prefix}_logits": found["of_logits"].mean().item(),
        f"{prefix}_agreement": found["agreement"].mean().item(),
        f"{prefix}_agreement_random": found["agreement_random"].mean().item(),
        f"{prefix}_live": found["live"].sel(dictionary=AUTOENCODER).mean().item(),
        f"{prefix}_draws": found["by_draw"].std("draw").mean().item(),
        f"{prefix}_unconverged": int((found["converged"] < 1).sum()),
    }


def sizes() -> Numbers:
    """Return how large dictionaries are, and what the pilots of the choice say."""
    table = dictionary_tuning.kept()
    return {
        "latents": CHOSEN.latents,
        "active": CHOSEN.active,
        "draws": slot_dictionaries.DRAWS,
        "sizes_tried": len(dictionary_tuning.LATENTS) * len(dictionary_tuning.ACTIVE),
        "best_size": dictionary_tuning.best(table),
    }


def pilots(table: dictionary_tuning.Table) -> Numbers:
    """Return AUROCs on the pilots that were trained mostly empty, ``pilot_KEY_ACTIVE``, at the size that was chosen."""
    rows = dictionary_frames.pilots(table, CHOSEN.latents)
    rows = rows[rows["networks"] == "mostly empty"]
    return {f"pilot_{KEYS[row.dictionary]}_{row.active}": row.mean for row in rows.itertuples()}
