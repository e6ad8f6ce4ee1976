"""Chapter 1: what a population of baseline networks does while it trains, and what first pictures of it can say."""

from __future__ import annotations

import numpy as np
import xarray as xr

from mnist_interp.claims.claim import measured
from mnist_interp.data import mnist
from mnist_interp.experiments import correctness, training_dynamics
from mnist_interp.methods import activations, projection_quality, projections
from mnist_interp.methods.selectivity import preferred_class
from mnist_interp.runtime import parallel, preview, store
from mnist_interp.training.runs import Population, Run

PROJECTED_PER_CLASS = preview.reduced(200)
LANDMARKS = (0, 1, 5)  # epochs
UNTRAINED = 6  # of the networks whose maps are the control


def checkpoint_at(run: Run, epoch: int) -> int:
    """Return the checkpoint after so many epochs, or the last one of a run that is shorter."""
    return min(range(len(run.steps)), key=lambda checkpoint: abs(run.epochs[checkpoint] - epoch))


def landmarks(run: Run) -> list[int]:
    """Return the checkpoints after the epochs of `LANDMARKS`, and the last one."""
    return sorted({*(checkpoint_at(run, epoch) for epoch in LANDMARKS), len(run.steps) - 1})


def at_landmarks(population: Population) -> xr.Dataset:
    """Return `training_dynamics.summary` at `landmarks` alone."""
    return training_dynamics.summary(population, landmarks(population[0]))


def spread(population: Population, layer: str) -> xr.DataArray:
    """Return the standard deviation of a layer's values, (seed, checkpoint)."""
    return training_dynamics.summary(population)["std_overall"].sel(layer=layer, drop=True)


def growth(population: Population, layer: str, since: int) -> np.ndarray:
    """Return the relative growth of a layer's spread from an epoch to the end, (n_runs,)."""
    stds = spread(population, layer)
    then = stds.sel(checkpoint=checkpoint_at(population[0], since))
    return (stds.isel(checkpoint=-1) / then - 1).to_numpy()


def layer1_growth(population: Population) -> np.ndarray:
    """Relative growth of layer 1's spread after epoch 5."""
    return growth(population, "linear1", 5)


def layer2_growth(population: Population) -> np.ndarray:
    """Relative growth of layer 2's spread after epoch 5."""
    return growth(population, "linear2", 5)


def late_growth(population: Population) -> np.ndarray:
    """Relative growth per epoch of layer 1's spread over the last five epochs."""
    return (1 + growth(population, "linear1", 15)) ** (1 / 5) - 1


def growth_beyond_shuffled(population: Population, shuffled: Population) -> np.ndarray:
    """Growth of layer 1's spread from the start, over that of the same seed trained on shuffled labels, less one."""
    true, random = (1 + growth(runs, "linear1", 0) for runs in (population, shuffled))
    return true / random - 1


def correct_by_image(population: Population) -> np.ndarray:
    """Which test images each network gets right in the end, (n_runs, n_images)."""
    return correctness.final(population)


def agreement(favorites: np.ndarray, final: np.ndarray) -> np.ndarray:
    """Return how often two lists of favorite digits agree, beyond the chance that reshuffled units would.

    Parameters
    ----------
    favorites, final : numpy.ndarray of shape (n_runs, n_units)
        Favorite digits at two checkpoints, -1 for units never active; counted where active at both.

    Returns
    -------
    numpy.ndarray of shape (n_runs,)
        Share of agreeing units less its expectation under all permutations of units.
    """
    differences = []
    for early, late in zip(favorites, final, strict=True):
        active = (early >= 0) & (late >= 0)
        early, late = early[active], late[active]
        chance = np.equal.outer(early, late).mean()
        differences.append((early == late).mean() - chance)
    return np.array(differences)


def profile_agreement(population: Population, epoch: int) -> np.ndarray:
    """Return how alike layer 2's tuning is at an epoch and at the end, (n_runs,).

    The correlation of each unit's ten class means, centered over digits, averaged over units that vary at both.

    Parameters
    ----------
    population : Population
        Networks.
    epoch : int
        One of `LANDMARKS`.
    """
    run = population[0]
    means = training_dynamics.class_means(population, landmarks(run)).sel(layer="relu2")
    centered = means - means.mean("digit")
    then, end = (centered.sel(checkpoint=checkpoint_at(run, when), drop=True) for when in (epoch, run.recipe.epochs))
    norms = (then**2).sum("digit") ** 0.5 * (end**2).sum("digit") ** 0.5
    return ((then * end).sum("digit") / norms.where(norms > 0)).mean("unit").to_numpy()


def favorites(population: Population) -> xr.DataArray:
    """Return the favorite digit of each unit of layer 2, -1 where it is never active, (seed, checkpoint, unit)."""
    means = training_dynamics.class_means(population).sel(layer="relu2")
    return means.isel(digit=0, drop=True).copy(data=preferred_class(means.to_numpy()))


def _roles(population: Population, epoch: int) -> np.ndarray:
    found, run = favorites(population), population[0]
    early, final = (found.sel(checkpoint=checkpoint_at(run, when)).to_numpy() for when in (epoch, run.recipe.epochs))
    return agreement(early, final)


def roles_after_one_epoch(population: Population) -> np.ndarray:
    """Agreement of favorite digits after the first epoch with those at the end, beyond chance."""
    return _roles(population, 1)


def roles_at_birth(population: Population) -> np.ndarray:
    """Agreement of favorite digits before training with those at the end, beyond chance."""
    return _roles(population, 0)


def projected_labels() -> np.ndarray:
    """Return the labels of the test images that are projected, (2000,) in the whole book."""
    return mnist.load("test").labels[mnist.sample("test", PROJECTED_PER_CLASS)]


def layer2_points(run: Run, checkpoint: int = -1) -> np.ndarray:
    """Return layer 2's activations for 200 test images a digit, (2000, 16)."""
    images = mnist.load("test").pixels[mnist.sample("test", PROJECTED_PER_CLASS)]
    return activations.record(run.model(checkpoint), images, ["relu2"])["relu2"].numpy()


def _score_maps(run: Run, checkpoint: int) -> dict[str, float]:
    points, labels = layer2_points(run, checkpoint), projected_labels()
    maps = projections.maps(points, seed=run.seed)
    return {
        "umap": projection_quality.knn_accuracy(maps["UMAP"], labels),
        "tsne": projection_quality.knn_accuracy(maps["t-SNE"], labels),
        "recall_short": projection_quality.neighbor_recall(points, maps["t-SNE cut short"]),
        "recall": projection_quality.neighbor_recall(points, maps["t-SNE"]),
    }


@store.cached
def map_scores(population: Population, *, checkpoint: int = -1) -> xr.Dataset:
    """Return scores of the maps of layer 2 of every run at a checkpoint, each by ``seed``.

    Returns
    -------
    xarray.Dataset
        ``umap`` and ``tsne``, the accuracy of neighbors on them; ``recall`` and ``recall_short``, the share of true
        neighbors on the t-SNE and on the t-SNE cut short.
    """
    scores = parallel.each(_score_maps, [(run, checkpoint) for run in population])
    variables = {name: ("seed", [row[name] for row in scores]) for name in scores[0]}
    return xr.Dataset(variables, {"seed": population.seeds})


def umap_over_tsne(population: Population) -> np.ndarray:
    """Nearest-neighbor accuracy on the UMAP less that on the t-SNE of 1,000 iterations."""
    scores = map_scores(population)
    return (scores["umap"] - scores["tsne"]).to_numpy()


def recall_cut_short(population: Population) -> np.ndarray:
    """Share of true neighbors on a t-SNE stopped after 250 iterations, less that after 1,000."""
    scores = map_scores(population)
    return (scores["recall_short"] - scores["recall"]).to_numpy()


CLAIMS = measured(
    {
        "baseline-layer1-keeps-growing": (layer1_growth, "+.1%"),
        "baseline-layer2-stands-still": (layer2_growth, "+.1%"),
        "baseline-no-explosion": (late_growth, "+.2%"),
        "baseline-growth-is-learning": (growth_beyond_shuffled, "+.0%"),
        "baseline-seeds-differ-beyond-images": (correct_by_image, ".2f points"),
        "baseline-roles-come-early": (roles_after_one_epoch, "+.0f points"),
        "baseline-roles-from-birth": (roles_at_birth, "+.0f points"),
        "baseline-umap-no-better": (umap_over_tsne, "+.2f points"),
        "baseline-tsne-too-short": (recall_cut_short, "+.1f points"),
    }
)
