"""What the prose glues of dictionaries of canvas networks."""

from __future__ import annotations

from typing import Any

import xarray as xr

from mnist_interp.experiments import dictionary_tuning
from mnist_interp.experiments.slot_dictionaries import (
    AUTOENCODER,
    CHOSEN,
    PIXEL_ICA,
    PIXELS,
    SHUFFLED,
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
    SHUFFLED: "shuffled",
    PIXEL_ICA: "pixel_ica",
}


def compared(found: xr.Dataset, *, prefix: str) -> Numbers:
    """Return scores of `slot_dictionaries.compared`, means over networks.

    AUROCs of best latents are ``PREFIX_auroc_KEY`` on half-empty canvases and ``PREFIX_home_KEY`` on canvases like
    those of the training, keys those of `KEYS`. In how many networks ICA is ahead of the autoencoder is
    ``PREFIX_ahead``; in how many the layer's autoencoder is ahead of its twin's at home, ``PREFIX_home_over_twin``.
    """
    numbers: Numbers = {
        "latents": CHOSEN.latents,
        "active": CHOSEN.active,
        "sizes_tried": len(dictionary_tuning.LATENTS) * len(dictionary_tuning.ACTIVE),
    }
    for score in ("auroc", "home"):
        means = found[score].mean("feature")
        numbers |= {f"{prefix}_{score}_{key}": means.sel(dictionary=name).mean().item() for name, key in KEYS.items()}
    at_test, home = found["auroc"].mean("feature"), found["home"].mean("feature")
    learned = home.sel(dictionary=AUTOENCODER)
    return {
        **numbers,
        f"{prefix}_networks": found.sizes["seed"],
        f"{prefix}_ahead": int((at_test.sel(dictionary="ICA") > at_test.sel(dictionary=AUTOENCODER)).sum()),
        f"{prefix}_home_over_twin": int((learned > home.sel(dictionary=TWIN)).sum()),
        f"{prefix}_home_beyond_twin": (learned - home.sel(dictionary=TWIN)).mean().item(),
        f"{prefix}_logits": found["of_logits"].mean().item(),
        f"{prefix}_agreement": found["agreement"].mean().item(),
        f"{prefix}_agreement_random": found["agreement_random"].mean().item(),
        f"{prefix}_unconverged": int((found["converged"].sel(dictionary="ICA") < 1).sum()),
    }


def sparser(found: xr.Dataset) -> Numbers:
    """Return how autoencoder and ICA do at home where fewer latents may be active, and in how many the first leads."""
    home = found["home"].mean("feature")
    learned, unmixed = home.sel(dictionary=AUTOENCODER), home.sel(dictionary="ICA")
    return {"four_home_sae": learned.mean().item(), "four_home_behind": int((learned > unmixed).sum())}
