"""Chapter 7: whether features share dimensions, and whether a neuron serves fewer of them than any direction would."""

from __future__ import annotations

import numpy as np
import xarray as xr

from mnist_interp.claims.claim import measured
from mnist_interp.experiments import narrow_layers, polysemanticity, slot_dictionaries, slot_features
from mnist_interp.experiments.slot_dictionaries import AUTOENCODER, SIMPLER, TWIN, UNTRAINED
from mnist_interp.training.canvas_networks import CanvasPopulation
from mnist_interp.training.runs import Population


def _psi(population: CanvasPopulation) -> np.ndarray:
    return slot_features.measured(population)["psi"].sel(state="trained").to_numpy()


def sparse_features_share(lonely: CanvasPopulation, crowded: CanvasPopulation) -> np.ndarray:
    """Features represented per effective dimension with mostly empty slots minus with mostly full ones, (n_runs,)."""
    return _psi(lonely) - _psi(crowded)


def units_and_axes(population: Population | CanvasPopulation) -> np.ndarray:
    """Mean polysemanticity of live units of layer 2, and of axes of rotations of them, (n_runs, 2)."""
    found = polysemanticity.means(polysemanticity.measured(population))
    return np.stack([found["units"], found["axes"]], axis=1)


def by_width(wide: CanvasPopulation, narrow: CanvasPopulation) -> np.ndarray:
    """Mean polysemanticity of the units of a wider layer over that of a narrower one, less one, (n_runs,)."""
    of_wide, of_narrow = (units_and_axes(one)[:, 0] for one in (wide, narrow))
    return of_wide / of_narrow - 1


def _best_latents(population: CanvasPopulation) -> xr.DataArray:
    """Mean AUROC over features of the latent that is best for each, (seed, dictionary)."""
    return slot_dictionaries.compared(population)["auroc"].mean("feature")


def autoencoder_beyond(population: CanvasPopulation, *others: str) -> np.ndarray:
    """Mean AUROC of the autoencoders' best latents less that of another dictionary, of several the best, (n_runs,)."""
    found = _best_latents(population)
    return (found.sel(dictionary=AUTOENCODER) - found.sel(dictionary=list(others)).max("dictionary")).to_numpy()


def beyond_simpler(population: CanvasPopulation) -> np.ndarray:
    """How far the autoencoders' best latents lead those of the best of six simpler dictionaries, (n_runs,)."""
    return autoencoder_beyond(population, *SIMPLER)


def beyond_clusters(population: CanvasPopulation) -> np.ndarray:
    """How far the autoencoders' best latents lead those of k-means, (n_runs,)."""
    return autoencoder_beyond(population, "k-means")


def beyond_untrained(population: CanvasPopulation) -> np.ndarray:
    """How far the autoencoders' best latents lead those of one of the untrained network, (n_runs,)."""
    return autoencoder_beyond(population, UNTRAINED)


def beyond_twin(population: CanvasPopulation) -> np.ndarray:
    """How far the autoencoders' best latents lead those of one that learned from a Gaussian twin, (n_runs,)."""
    return autoencoder_beyond(population, TWIN)


def over_two_directions(population: Population) -> np.ndarray:
    """Test accuracy less that of a readout of the two best linear discriminants of the pixels, (n_runs,)."""
    rival = float(narrow_layers.two_directions()["accuracy"])
    return narrow_layers.measured(population)["accuracy"].to_numpy() - rival


CLAIMS = measured(
    {
        "superposition-ordinary-neurons": (units_and_axes, ".2f"),
        "superposition-sparse-features-share": (sparse_features_share, "+.2f"),
        "superposition-dictionary-wins": (beyond_simpler, "+.3f"),
        "superposition-clusters-tie": (beyond_clusters, "+.3f"),
        "superposition-dictionary-needs-training": (beyond_untrained, "+.3f"),
        "superposition-dictionary-beyond-moments": (beyond_twin, "+.3f"),
        "superposition-slot-neurons": (units_and_axes, ".2f"),
        "superposition-width-leaves-neurons": (by_width, "+.0%"),
        "superposition-two-units": (over_two_directions, "+.1f points"),
    }
)
