"""Chapter 5: what pictures of subspaces say of a layer, what subsets of neurons keep, and what seeds have in common.

Declared with effects piloted on seeds 100 to 102, which are in no population.
"""

from __future__ import annotations

import numpy as np
import xarray as xr

from mnist_interp import training
from mnist_interp.claims.claim import Claim
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


BASELINE = ("the baseline population",)
TWELVE = ("the baseline, seeds 0-11",)
NORMALIZED = ("the normalized population",)

CLAIMS = (
    Claim(
        id="geometry-umap-raises-silhouette",
        statement="A UMAP of layer 2 shows the digits far better separated than they are in the layer.",
        measure="silhouette of the digits on the UMAP of layer 2 less that in layer 2, 2,000 test images",
        direction="greater",
        smallest=0.15,
        null="the same images in the layer itself; a rise of 0.15",
        populations=TWELVE,
        effects=umap_silhouette,
        form="+.2f",
    ),
    Claim(
        id="geometry-umap-adds-nothing",
        statement="Neighbors on that UMAP name the digit no better than neighbors in the layer do.",
        measure="accuracy of 10 nearest neighbors on the UMAP of layer 2 less that in layer 2, 2,000 test images",
        direction="absent",
        smallest=0.01,
        null="the same images in the layer itself; a margin of one point either way",
        populations=TWELVE,
        effects=umap_neighbors,
        form="+.2%",
    ),
    Claim(
        id="geometry-umap-spares-selective",
        statement="A UMAP of five class-selective neurons raises the silhouette hardly at all.",
        measure="silhouette on the UMAP of a digit's five most selective layer-2 units (chosen on training images) "
        "less that in the five, 1,000 test images, mean of two digits a network",
        direction="absent",
        smallest=0.10,
        null="the same images in the five units themselves; a margin of 0.1 either way",
        populations=TWELVE,
        effects=umap_selective,
        form="+.2f",
    ),
    Claim(
        id="geometry-five-keep-silhouette",
        statement="The best five of 16 neurons keep three quarters or more of the layer's silhouette.",
        measure="silhouette of the best five layer-2 units of all 4,368 sets (chosen on training images) over that of "
        "all 16, 2,000 test images",
        direction="greater",
        smallest=0.75,
        null="three quarters: signs flipped about it",
        populations=BASELINE,
        effects=best_silhouette,
        form=".0%",
    ),
    Claim(
        id="geometry-five-lose-accuracy",
        statement="They do not keep three quarters of the network's accuracy.",
        measure="test accuracy with all but these five at their means, over that of the whole network",
        direction="less",
        smallest=0.75,
        null="three quarters: signs flipped about it",
        populations=BASELINE,
        effects=best_accuracy,
        form=".0%",
    ),
    Claim(
        id="geometry-five-know-more",
        statement="The five know ten points more than the network reads from them.",
        measure="test accuracy of a linear probe on these five (fitted on 2,000 training images) less that of the "
        "network with all others at their means",
        direction="greater",
        smallest=0.10,
        null="the network's own readout of the same five; a margin of ten points",
        populations=BASELINE,
        effects=best_probe,
        form="+.0%",
    ),
    Claim(
        id="geometry-selective-like-random",
        statement="Five class-selective neurons hold the digits apart hardly better than five random ones.",
        declared="Five class-selective neurons hold the digits apart no better than five random ones.",
        measure="mean silhouette of the ten class-selective fives (chosen on training images) less that of 200 random "
        "fives, 2,000 test images",
        direction="absent",
        smallest=0.03,
        null="200 random fives of the same network; a margin of 0.03 either way",
        populations=BASELINE,
        effects=selective_over_random,
        form="+.3f",
    ),
    Claim(
        id="geometry-selective-read-like-random",
        statement="Nor does the network read much more from them.",
        declared="Nor does the network read more from them.",
        measure="mean test accuracy with all but a class-selective five at their means, less that of 200 random fives",
        direction="absent",
        smallest=0.05,
        null="200 random fives of the same network; a margin of five points either way",
        populations=BASELINE,
        effects=selective_accuracy,
        form="+.1%",
    ),
    Claim(
        id="geometry-same-geometry",
        statement="Two seeds learn much the same geometry: training lifts their CKA by a half or more.",
        measure="debiased linear CKA of layer 2 between the two networks of a pair, trained less untrained, all test "
        "images; one effect a disjoint pair of seeds",
        direction="greater",
        smallest=0.5,
        null="the same pairs before training; a difference of 0.5",
        populations=BASELINE,
        effects=same_geometry,
        form="+.2f",
    ),
    Claim(
        id="geometry-other-neurons",
        statement="They write it in other neurons: all of one foretell one of the other far better than its partner.",
        measure="share of variance of a network's active layer-2 units that a linear function of all 16 of its pair's "
        "gives (fitted on training images, scored on test images), less what their matched partners alone give",
        direction="greater",
        smallest=0.2,
        null="the partner in the best one-to-one matching; a difference of 0.2",
        populations=BASELINE,
        effects=other_neurons,
        form="+.2f",
    ),
    Claim(
        id="geometry-neurons-privileged",
        statement="Still, neurons find better partners than random directions of the same layer would be.",
        measure="mean correlation of a network's layer-2 units with their partners in its pair less that with partners "
        "in its pair randomly rotated, test images",
        direction="greater",
        smallest=0.05,
        null="the other network of the pair in rotated axes, matched alike; a difference of 0.05",
        populations=BASELINE,
        effects=neurons_privileged,
        form="+.2f",
    ),
    Claim(
        id="geometry-neuron0-no-twin",
        statement="As a rule neuron 0 has no twin: on average the neuron most like it in another seed leaves a fifth "
        "of it or more unsaid.",
        declared="Neuron 0 has no twin: the neuron most like it in another seed leaves a fifth of it or more unsaid.",
        measure="share of variance of the published network's neuron 0, on test images, given by the layer-2 unit of "
        "another network that correlates most with it on training images",
        direction="less",
        smallest=0.8,
        null="four fifths of its variance: signs flipped about it",
        populations=BASELINE,
        effects=neuron0_alone,
    ),
    Claim(
        id="geometry-neuron0-everywhere",
        statement="Yet what it says is in every network: their 16 neurons together give four fifths of it.",
        measure="share of variance of the published network's neuron 0, on test images, given by a linear function of "
        "another network's 16 layer-2 units (fitted on training images)",
        direction="greater",
        smallest=0.8,
        null="four fifths of its variance: signs flipped about it",
        populations=BASELINE,
        effects=neuron0_together,
    ),
    Claim(
        id="geometry-dimension-layer1",
        statement="Training lowers the intrinsic dimension of layer 1 by a tenth or more.",
        measure="TwoNN dimension of relu1, trained over untrained, less one; 5,000 test images",
        direction="less",
        smallest=-0.1,
        null="the same network before training, of the same width; a fall of a tenth",
        populations=BASELINE,
        effects=dimension_layer1,
        form="+.0%",
    ),
    Claim(
        id="geometry-dimension-layer2",
        statement="It lowers that of layer 2 by a twentieth or more.",
        measure="TwoNN dimension of relu2, trained over untrained, less one; 5,000 test images",
        direction="less",
        smallest=-0.05,
        null="the same network before training, of the same width; a fall of a twentieth",
        populations=BASELINE,
        effects=dimension_layer2,
        form="+.0%",
    ),
    Claim(
        id="geometry-shapes-baseline",
        statement="In the baseline a digit's images are strung out by how they are written: shape gives two fifths or "
        "more of their position.",
        measure="share of variance, on test images, of the position along the first principal axis of a digit's images "
        "in its five most selective layer-2 units that slant, thickness and loop size give linearly (fitted on "
        "training images), mean over digits",
        direction="greater",
        smallest=0.4,
        null="two fifths; shapes dealt out at random give 0",
        populations=TWELVE,
        effects=shapes_along,
    ),
    Claim(
        id="geometry-shapes-normalized",
        statement="In the normalized network, where the curves were seen, shape gives less than a fifth.",
        measure="the same in the normalized networks",
        direction="less",
        smallest=0.2,
        null="a fifth; shapes dealt out at random give 0",
        populations=NORMALIZED,
        effects=shapes_along,
    ),
)
