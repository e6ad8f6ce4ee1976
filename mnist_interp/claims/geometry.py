"""Chapter 5: what pictures of subspaces say of a layer, what subsets of neurons keep, and what seeds have in common.

Effects were debugged on seeds 100 to 109, which are in no population.
"""

from __future__ import annotations

import numpy as np
import xarray as xr

from mnist_interp import training
from mnist_interp.claims.claim import measured
from mnist_interp.experiments import (
    cross_seed_similarity,
    interpolation,
    layer_dimension,
    layer_parts,
    map_curves,
    projection_reliability,
    subset_scores,
    training_moments,
    within_class_variation,
)
from mnist_interp.training import registry
from mnist_interp.training.runs import Population, Run

LAYERS = ["relu1", "relu2"]
NEURON_0, UNITS = 0, list(range(16))


def _gains(population: Population, score: str, cloud: str = projection_reliability.REAL) -> np.ndarray:
    """Return a score on the UMAP of a cloud less that in the cloud itself, (n_seeds,)."""
    found = projection_reliability.gains(population)[score].sel(cloud=cloud)
    on_map, itself = (
        found.sel(space=space) for space in (projection_reliability.MAP, projection_reliability.LAYER_ITSELF)
    )
    return (on_map - itself).to_numpy()


def umap_neighbors(population: Population) -> np.ndarray:
    """Accuracy of nearest neighbors on layer 2's UMAP less that in the layer."""
    return _gains(population, "neighbors")


def graph_against_map(population: Population) -> np.ndarray:
    """Silhouette by shortest paths along layer 2's graph of neighbors less that on its UMAP."""
    found = projection_reliability.gains(population).sel(cloud=projection_reliability.REAL)
    return (found["along_graph"] - found["silhouette"].sel(space=projection_reliability.MAP)).to_numpy()


def gain_over_twin(population: Population) -> np.ndarray:
    """Gain of layer 2's silhouette on its UMAP less the gain of a class-conditional Gaussian twin."""
    return _gains(population, "silhouette") - _gains(population, "silhouette", projection_reliability.TWIN)


def row_space(population: Population) -> np.ndarray:
    """Silhouette in the row space of the centered readout less that in the whole layer."""
    found = layer_parts.measure(population)["silhouette"]
    return (found.sel(part=layer_parts.ROW) - found.sel(part=layer_parts.WHOLE)).to_numpy()


def null_space(population: Population) -> np.ndarray:
    """Silhouette in the null space of the centered readout."""
    return layer_parts.measure(population)["silhouette"].sel(part=layer_parts.NULL).to_numpy()


def best_silhouette(population: Population) -> np.ndarray:
    """Silhouette of the best five, over that of the whole layer."""
    found = subset_scores.measure(population)
    return (found["best_silhouette"] / np.maximum(found["silhouette"], 1e-6)).to_numpy()


def best_refitted(population: Population) -> np.ndarray:
    """Accuracy on the best five with refitted biases, and that of the whole network, (n_seeds, 2)."""
    found = subset_scores.measure(population)
    return np.column_stack([found["best_refitted"], found["accuracy"]])


def best_probe(population: Population) -> np.ndarray:
    """Gain of a probe over the network with refitted biases on the best five, less that on random live fives."""
    found = subset_scores.measure(population)
    best, random = (found[f"{one}_probe"] - found[f"{one}_refitted"] for one in ("best", "random"))
    return (best - random.mean("draw")).to_numpy()


def _selective(population: Population, score: str) -> np.ndarray:
    """Return a mean score of the ten class-selective live fives less that of random live fives."""
    found = subset_scores.measure(population)
    return (found[f"selective_{score}"].mean("digit") - found[f"random_{score}"].mean("draw")).to_numpy()


def selective_silhouette(population: Population) -> np.ndarray:
    """Mean silhouette of the ten class-selective fives less that of random live ones."""
    return _selective(population, "silhouette")


def selective_refitted(population: Population) -> np.ndarray:
    """Mean accuracy, biases refitted, on the ten class-selective fives less that on random live ones."""
    return _selective(population, "refitted")


def within_over_pixels(population: Population) -> np.ndarray:
    """CKA of layer 2 within a pair and within digits, less the mean of theirs with the pixels."""
    found = cross_seed_similarity.of_pairs(population).sel(state="trained")
    return (found["cka_within"] - found["cka_pixels"]).to_numpy()


def within_by_training(population: Population) -> np.ndarray:
    """CKA of layer 2 within a pair and within digits, less that of the same pair untrained."""
    cka = cross_seed_similarity.of_pairs(population)["cka_within"]
    return (cka.sel(state="trained") - cka.sel(state="untrained")).to_numpy()


def logits_over_layer(population: Population) -> np.ndarray:
    """CKA of the logits of a pair less that of its layer 2."""
    found = cross_seed_similarity.of_pairs(population).sel(state="trained")
    return (found["cka_logits"] - found["cka"]).to_numpy()


def other_neurons(population: Population) -> np.ndarray:
    """Variance of a network's neurons that all of its pair's give, less what their partners alone give."""
    found = cross_seed_similarity.of_pairs(population).sel(state="trained")
    return (found["together_share"] - found["partner_share"]).to_numpy()


def neurons_privileged(population: Population) -> np.ndarray:
    """Mean correlation of live units with partners in the pair less that with partners in the pair rotated."""
    found = cross_seed_similarity.of_pairs(population).sel(state="trained")
    return (found["live_partner"] - found["live_rotated"]).to_numpy()


def _shares(population: Population, published: Run, share: str, units: list[int]) -> xr.DataArray:
    """Return the share of published units' variance that something of each network gives, (seed, unit)."""
    found = cross_seed_similarity.counterparts(published, population, UNITS)
    return found[share].sel(state="trained", unit=units)


def neuron0_alone(population: Population) -> np.ndarray:
    """Variance of the published neuron 0 that its best counterpart gives."""
    return _shares(population, training.run(registry.PUBLISHED), "alone", [NEURON_0]).sel(unit=NEURON_0).to_numpy()


def _beyond_pixels(population: Population, published: Run, units: list[int]) -> np.ndarray:
    """Variance of units that another network's layer 2 gives less what the pixels' components give, mean over units."""
    pixels = cross_seed_similarity.explained_by_pixels(published, UNITS)["share"].sel(unit=units)
    return (_shares(population, published, "together", units) - pixels).mean("unit").to_numpy()


def neuron0_beyond_pixels(population: Population, published: Population) -> np.ndarray:
    """Variance of neuron 0 that another network's 16 units give, less what 16 components of the pixels give."""
    return _beyond_pixels(population, published[0], [NEURON_0])


def neurons_beyond_pixels(population: Population, published: Population) -> np.ndarray:
    """Mean over live units of the variance that another network gives, less what components of the pixels give."""
    run = published[0]
    return _beyond_pixels(population, run, training_moments.live(run, "relu2").tolist())


def neuron0_beyond_the_answer(population: Population, published: Population) -> np.ndarray:
    """Variance of neuron 0 that another network's logits give, less what ten random directions of its layer 2 give."""
    logits, directions = (_shares(population, published[0], by, [NEURON_0]) for by in ("logits", "directions"))
    return (logits - directions).sel(unit=NEURON_0).to_numpy()


def _dimension_change(population: Population, layer: str) -> np.ndarray:
    found = layer_dimension.of_layers(population, LAYERS)["dimension"].sel(layer=layer)
    return (found.sel(state="trained") / found.sel(state="untrained") - 1).to_numpy()


def dimension_layer1(population: Population) -> np.ndarray:
    """Relative change of layer 1's intrinsic dimension by training."""
    return _dimension_change(population, "relu1")


def dimension_layer2(population: Population) -> np.ndarray:
    """Relative change of layer 2's intrinsic dimension by training."""
    return _dimension_change(population, "relu2")


def dimension_below_twin(population: Population) -> np.ndarray:
    """Intrinsic dimension of layer 2 relative to that of its rectified Gaussian twin."""
    found = layer_dimension.of_layers(population, LAYERS).sel(layer="relu2", state="trained")
    return (found["dimension"] / found["twin"] - 1).to_numpy()


def shapes_along(population: Population) -> np.ndarray:
    """Variance of the position that shapes predict, mean over digits."""
    return within_class_variation.measure(population)["share"].sel(predictor="all shapes").mean("digit").to_numpy()


def shapes_along_curve(population: Population) -> np.ndarray:
    """Variance of the first Isomap coordinate that shapes predict, mean over digits."""
    return within_class_variation.curves(population)["along"].mean("digit").to_numpy()


def shapes_held(population: Population) -> np.ndarray:
    """Variance of the shapes that the five units predict, mean over shapes and digits."""
    return within_class_variation.curves(population)["held"].mean(["digit", "shape"]).to_numpy()


def shadows_over_twin(population: Population) -> np.ndarray:
    """Variance of a digit's UMAP along its principal curve less that of its twin's UMAP, mean over digits."""
    share = map_curves.measure(population)["share"].sel(space=map_curves.MAP).mean("digit")
    return (share.sel(cloud=map_curves.REAL) - share.sel(cloud=map_curves.TWIN)).to_numpy()


def _half_way(population: Population, order: str) -> xr.DataArray:
    return interpolation.paths(population)["accuracy"].sel(share=0.5, order=order)


def barrier(population: Population) -> np.ndarray:
    """Mean accuracy of a pair's networks less that half way between them, units matched."""
    ends = interpolation.paths(population)["accuracy"].sel(share=[0, 1], order=interpolation.MATCHED).mean("share")
    return (ends - _half_way(population, interpolation.MATCHED)).to_numpy()


def barrier_lowered(population: Population) -> np.ndarray:
    """Accuracy half way between a pair's networks, units matched, less that with units as they come."""
    with_units_matched = _half_way(population, interpolation.MATCHED)
    return (with_units_matched - _half_way(population, interpolation.AS_THEY_COME)).to_numpy()


CLAIMS = measured(
    {
        "geometry-umap-adds-nothing": (umap_neighbors, "+.2f points"),
        "geometry-graph-says-so-too": (graph_against_map, "+.2f"),
        "geometry-twin-rises-as-much": (gain_over_twin, "+.3f"),
        "geometry-row-space-clearer": (row_space, "+.3f"),
        "geometry-null-space-knows-nothing": (null_space, "+.3f"),
        "geometry-five-keep-silhouette": (best_silhouette, ".0%"),
        "geometry-five-lose-accuracy-refitted": (best_refitted, ".0%"),
        "geometry-five-know-no-more-than-any": (best_probe, "+.1f points"),
        "geometry-selective-like-random-live": (selective_silhouette, "+.3f"),
        "geometry-selective-accurate-like-random-live": (selective_refitted, "+.1f points"),
        "geometry-same-geometry-within": (within_over_pixels, "+.2f"),
        "geometry-same-geometry-by-training": (within_by_training, "+.2f"),
        "geometry-logits-as-alike": (logits_over_layer, "+.3f"),
        "geometry-other-neurons": (other_neurons, "+.2f"),
        "geometry-neurons-privileged-live": (neurons_privileged, "+.3f"),
        "geometry-neuron0-no-twin": (neuron0_alone, ".2f"),
        "geometry-neuron0-beyond-pixels": (neuron0_beyond_pixels, "+.3f"),
        "geometry-neurons-beyond-pixels": (neurons_beyond_pixels, "+.3f"),
        "geometry-neuron0-beyond-the-answer": (neuron0_beyond_the_answer, "+.3f"),
        "geometry-dimension-layer1": (dimension_layer1, "+.0%"),
        "geometry-dimension-layer2": (dimension_layer2, "+.0%"),
        "geometry-dimension-below-rectified-twin": (dimension_below_twin, "+.0%"),
        "geometry-shapes-baseline": (shapes_along, ".2f"),
        "geometry-shapes-normalized": (shapes_along, ".2f"),
        "geometry-shapes-along-a-curve": (shapes_along_curve, ".2f"),
        "geometry-shapes-are-in-the-five": (shapes_held, ".2f"),
        "geometry-shadows-of-a-twin": (shadows_over_twin, "+.3f"),
        "geometry-barrier-stays": (barrier, ".1f points"),
        "geometry-matching-lowers-barrier": (barrier_lowered, "+.1f points"),
    }
)
