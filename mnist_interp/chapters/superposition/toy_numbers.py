"""What the prose glues of the toy model and of the gate."""

from __future__ import annotations

from typing import Any

import xarray as xr

from mnist_interp.experiments import gate, toy_superposition
from mnist_interp.experiments.toy_superposition import FIVE, REPRESENTED, SPARSITIES, TWENTY

Numbers = dict[str, Any]
_KEYS = {
    "causal dimensionality": "causal",
    "the same, behind the ReLU": "rectified",
    "effective dimension": "effective",
    "features per effective dimension": "ratio",
    "polysemanticity of hidden axes": "axes",
}


def toy(measured: xr.Dataset) -> Numbers:
    """Return how many features the toy represents, and how much of a dimension each of them has, from `gate.measures`.

    Keys end in the sparsity in percent: ``toy_represented_97`` features a network, ``toy_share_97`` of a dimension.
    """
    represented = measured["norm"] > REPRESENTED
    counts, shares = represented.sum("feature").mean("seed"), measured["dimensionality"].where(represented)
    found: Numbers = {
        "toy_features": TWENTY.features,
        "toy_hidden": TWENTY.hidden,
        "toy_five": FIVE.features,
        "toy_plane": FIVE.hidden,
        "toy_seeds": measured.sizes["seed"],
        "toy_steps": toy_superposition.STEPS,
        "toy_long": REPRESENTED,
        "toy_rare": SPARSITIES[3],
    }
    for sparsity in SPARSITIES:
        key = f"{100 * sparsity:.0f}"
        found[f"toy_represented_{key}"] = counts.sel(sparsity=sparsity).item()
        found[f"toy_share_{key}"] = shares.sel(sparsity=sparsity).mean().item()
    return found


def passed(measured: xr.Dataset, cosines: xr.Dataset) -> Numbers:
    """Return rank correlations of the gate's measures and cosines of its dictionaries.

    Of measures ``gate_KEY`` over all sparsities, the least of one sparsity, ``gate_KEY_least``, and by how much of
    what is known they differ from it, ``gate_KEY_off``; of dictionaries
    ``gate_NAME_97`` with the sparsity in percent, and how many of five sparsities they pass at, ``gate_NAME_passes``.
    """
    found: Numbers = {"gate_pass": gate.PASS, "gate_latents": gate.LATENTS, "gate_active": gate.ACTIVE}
    recovered = gate.recovery(measured)
    for name, key in _KEYS.items():
        here = recovered.sel(measure=name)
        found[f"gate_{key}"] = here["overall"].item()
        found[f"gate_{key}_least"] = here["within"].min().item()
        found[f"gate_{key}_off"] = here["off"].item()
    means = cosines["cosine"].mean("seed")
    for name in gate.DICTIONARIES:
        key = name.replace("-", "").replace("sparse ", "").split()[0].lower()
        for sparsity in SPARSITIES:
            found[f"gate_{key}_{100 * sparsity:.0f}"] = means.sel(dictionary=name, sparsity=sparsity).item()
        found[f"gate_{key}_passes"] = int((means.sel(dictionary=name) >= gate.PASS).sum())
    axes = measured["polysemanticity_axes"].mean() / measured["polysemanticity_turned"].mean()
    return {**found, "gate_axes_over_turned": axes.item()}
