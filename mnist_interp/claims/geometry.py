"""Chapter 5: what pictures of subspaces say of a layer, what subsets of neurons keep, and what seeds have in common.

Declared with effects piloted on seeds 100 to 102, which are in no population.
"""

from __future__ import annotations

import numpy as np
import xarray as xr

from mnist_interp import training
from mnist_interp.claims.claim import measured
from mnist_interp.experiments import (
    cross_seed_similarity,
    layer_dimension,
    projection_reliability,
    subset_scores,
    within_class_variation,
)
from mnist_interp.training import registry
from mnist_interp.training.runs import Population

LAYERS = ["relu1", "relu2"]
NEURON_0 = 0


def _gain(population: Population, score: str) -> xr.DataArray:
    """Return a score on the UMAP less that in the layer, (seed, subset)."""
    found = projection_reliability.gains(population)[score]
    return found.sel(space="map") - found.sel(space="layer")


def umap_silhouette(population: Population) -> np.ndarray:
    """Silhouette of the whole layer on its UMAP less that in the layer."""
    return _gain(population, "silhouette").sel(subset=projection_reliability.WHOLE).to_numpy()


def umap_neighbors(population: Population) -> np.ndarray:
    """Accuracy of nearest neighbors on the whole layer's UMAP less that in the layer."""
    return _gain(population, "neighbors").sel(subset=projection_reliability.WHOLE).to_numpy()


def umap_selective(population: Population) -> np.ndarray:
    """Silhouette of class-selective fives on their UMAPs less that in the fives, mean of two digits."""
    return _gain(population, "silhouette").sel(subset=projection_reliability.SELECTIVE).mean("subset").to_numpy()


def best_silhouette(population: Population) -> np.ndarray:
    """Silhouette of the best five, over that of the whole layer."""
    found = subset_scores.measure(population)
    return (found["best_silhouette"] / np.maximum(found["silhouette"], 1e-6)).to_numpy()


def best_accuracy(population: Population) -> np.ndarray:
    """Accuracy on the best five, all other neurons at their means, over that of the whole network."""
    found = subset_scores.measure(population)
    return (found["best_accuracy"] / found["accuracy"]).to_numpy()


def best_probe(population: Population) -> np.ndarray:
    """Accuracy of a linear probe on the best five less that of the network's own readout of them."""
    found = subset_scores.measure(population)
    return (found["best_probe"] - found["best_accuracy"]).to_numpy()


def selective_over_random(population: Population) -> np.ndarray:
    """Mean silhouette of the ten class-selective fives less that of 200 random ones."""
    found = subset_scores.measure(population)
    return (found["selective_silhouette"].mean("digit") - found["random_silhouette"].mean("draw")).to_numpy()


def selective_accuracy(population: Population) -> np.ndarray:
    """Mean accuracy on the ten class-selective fives less that on 200 random ones, the rest at their means."""
    found = subset_scores.measure(population)
    return (found["selective_accuracy"].mean("digit") - found["random_accuracy"].mean("draw")).to_numpy()


def same_geometry(population: Population) -> np.ndarray:
    """CKA of layer 2 within a pair of networks less that of the same pair untrained."""
    cka = cross_seed_similarity.of_pairs(population)["cka"]
    return (cka.sel(state="trained") - cka.sel(state="untrained")).to_numpy()


def other_neurons(population: Population) -> np.ndarray:
    """Variance of a network's neurons that all of its pair's give, less what their partners alone give."""
    found = cross_seed_similarity.of_pairs(population).sel(state="trained")
    return (found["together_share"] - found["partner_share"]).to_numpy()


def neurons_privileged(population: Population) -> np.ndarray:
    """Mean correlation with partners in the pair less that with partners in the pair rotated."""
    found = cross_seed_similarity.of_pairs(population).sel(state="trained")
    return (found["partner"] - found["rotated"]).to_numpy()


def _neuron0(population: Population, share: str) -> np.ndarray:
    found = cross_seed_similarity.counterparts(training.run(registry.PUBLISHED), population, [NEURON_0])
    return found[share].sel(state="trained", unit=NEURON_0).to_numpy()


def neuron0_alone(population: Population) -> np.ndarray:
    """Variance of the published neuron 0 that its best counterpart gives."""
    return _neuron0(population, "alone")


def neuron0_together(population: Population) -> np.ndarray:
    """Variance of the published neuron 0 that a linear function of a network's layer 2 gives."""
    return _neuron0(population, "together")


def _dimension_change(population: Population, layer: str) -> np.ndarray:
    found = layer_dimension.of_layers(population, LAYERS)["dimension"].sel(layer=layer)
    return (found.sel(state="trained") / found.sel(state="untrained") - 1).to_numpy()


def dimension_layer1(population: Population) -> np.ndarray:
    """Relative change of layer 1's intrinsic dimension by training."""
    return _dimension_change(population, "relu1")


def dimension_layer2(population: Population) -> np.ndarray:
    """Relative change of layer 2's intrinsic dimension by training."""
    return _dimension_change(population, "relu2")


def shapes_along(population: Population) -> np.ndarray:
    """Variance of the position that shapes predict, mean over digits."""
    return within_class_variation.measure(population)["share"].sel(predictor="all shapes").mean("digit").to_numpy()


CLAIMS = measured(
    {
        "geometry-umap-adds-nothing": (umap_neighbors, "+.2%"),
        "geometry-five-keep-silhouette": (best_silhouette, ".0%"),
        "geometry-other-neurons": (other_neurons, "+.2f"),
        "geometry-neuron0-no-twin": (neuron0_alone, ".2f"),
        "geometry-dimension-layer1": (dimension_layer1, "+.0%"),
        "geometry-dimension-layer2": (dimension_layer2, "+.0%"),
        "geometry-shapes-baseline": (shapes_along, ".2f"),
        "geometry-shapes-normalized": (shapes_along, ".2f"),
    }
)
