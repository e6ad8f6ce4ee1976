"""Chapter 4: what standardized inputs, LayerNorm and dropout do to training and to neurons, and by which mechanism."""

from __future__ import annotations

import numpy as np
import xarray as xr

from mnist_interp.claims.baseline import at_landmarks, profile_agreement
from mnist_interp.claims.claim import measured
from mnist_interp.experiments import (
    ablation_effects,
    layernorm_ablation,
    performance,
    recordings,
    specialization,
    subset_scores,
)
from mnist_interp.experiments.ablation_effects import bottlenecks
from mnist_interp.methods import unit_subsets
from mnist_interp.runtime import parallel, preview, store
from mnist_interp.training.runs import Population, Run

SCORED_PER_CLASS = preview.reduced(200)


def settled(population: Population) -> xr.DataArray:
    """Test accuracy, mean of the last five epochs, (seed)."""
    return performance.settled(performance.summary(population)["test_accuracy"])


def gain(first: Population, second: Population) -> np.ndarray:
    """Settled test accuracy of the second population less that of the same seed in the first."""
    return (settled(second) - settled(first)).to_numpy()


def share_of_gain(raw: Population, standardized: Population, arm: Population) -> np.ndarray:
    """Share of what standardizing gains that an arm gains alone."""
    return gain(raw, arm) / gain(raw, standardized)


def epochs_saved(raw: Population, population: Population) -> np.ndarray:
    """Epochs after which a network reads as well as its seed's baseline in the end, as a share of the baseline's."""
    accuracy = performance.summary(population)["test_accuracy"]
    return (performance.epochs_to_reach(accuracy, settled(raw)) / raw[0].recipe.epochs).to_numpy()


def mask_hides(population: Population) -> np.ndarray:
    """Training accuracy in evaluation mode less the mean that the last epoch of training saw, mask on."""
    seen = np.array([run.accuracy[-1] for run in population])
    return performance.summary(population)["train_accuracy"].to_numpy() - seen


def rises(population: Population) -> np.ndarray:
    """Share of epochs, the first left out, after which the test loss rises, (n_runs,)."""
    return performance.rises(performance.summary(population)["test_loss"]).to_numpy()


def fewer_rises(raw: Population, population: Population) -> np.ndarray:
    """Share of epochs after which the test loss rises, less that of the same seed's baseline."""
    return rises(population) - rises(raw)


def steadier_tuning(raw: Population, population: Population) -> np.ndarray:
    """Likeness of layer 2's tuning after epoch 5 to that at the end, less the same seed's baseline."""
    return profile_agreement(population, 5) - profile_agreement(raw, 5)


def wider(raw: Population, standardized: Population) -> np.ndarray:
    """Growth of the spread of layer 1's pre-activations that standardized inputs bring, relative to pixels."""
    first, second = (
        at_landmarks(one)["std_overall"].sel(layer="linear1").isel(checkpoint=-1).to_numpy()
        for one in (raw, standardized)
    )
    return second / first - 1


def _specialized(population: Population, score: str) -> xr.DataArray:
    return specialization.over_live(specialization.summary(population), score, "relu2")


def _by_training(population: Population, score: str) -> xr.DataArray:
    found = _specialized(population, score)
    return found.sel(state="trained") - found.sel(state="untrained")


def trained_into(plain: Population, normalized: Population) -> np.ndarray:
    """Gain of layer 2's index of Morcos by training, with LayerNorm less without."""
    return (_by_training(normalized, "index") - _by_training(plain, "index")).to_numpy()


def tells_better(plain: Population, normalized: Population) -> np.ndarray:
    """Mean AUROC of layer 2's units for their best digit, with LayerNorm less without."""
    difference = _specialized(normalized, "auroc") - _specialized(plain, "auroc")
    return difference.sel(state="trained").to_numpy()


def blurred(without: Population, dropout: Population) -> np.ndarray:
    """Mean index of Morcos of layer 2, with dropout less without."""
    difference = _specialized(dropout, "index") - _specialized(without, "index")
    return difference.sel(state="trained").to_numpy()


def fewer_bottlenecks(raw: Population, normalized: Population) -> np.ndarray:
    """Bottlenecks of layer 2 under zero ablation, of the baseline less of the normalized network."""
    return bottlenecks(raw, "zero") - bottlenecks(normalized, "zero")


def zero_over_mean(normalized: Population) -> np.ndarray:
    """Mean cost of zero ablation of layer 1 behind its LayerNorm, less that of mean ablation."""
    lost = ablation_effects.lost_overall(ablation_effects.costs(normalized, "norm1")).mean("unit")
    return (lost.sel(reference="zero") - lost.sel(reference="mean")).to_numpy()


def coupling_costs(normalized: Population) -> np.ndarray:
    """Mean cost of zeroing a unit before LayerNorm with statistics recomputed, less with them frozen."""
    lost = layernorm_ablation.costs(normalized)["overall"].sel(reference="zero").mean("unit")
    return (lost.sel(statistics="recomputed") - lost.sel(statistics="frozen")).to_numpy()


def _silhouettes(run: Run) -> np.ndarray:
    values, labels = (
        recordings.points(run, "relu2", per_class=SCORED_PER_CLASS),
        recordings.labels(per_class=SCORED_PER_CLASS),
    )
    return unit_subsets.silhouettes(values, labels, subset_scores.selective_fives(run))


@store.cached
def silhouettes(population: Population) -> xr.Dataset:
    """Score the subspaces of each digit's five most selective units on 2,000 test images: ``silhouette`` (seed, digit).

    The digit is the one that the units are selective for; the score is the mean over the images of all digits.
    """
    found = parallel.each(_silhouettes, ((run,) for run in population))
    coordinates = {"seed": population.seeds, "digit": range(10)}
    return xr.Dataset({"silhouette": (("seed", "digit"), np.stack(found))}, coords=coordinates)


def clearer_subspaces(raw: Population, normalized: Population) -> np.ndarray:
    """Mean silhouette of the ten class-selective subspaces, normalized less baseline."""
    return (silhouettes(normalized) - silhouettes(raw))["silhouette"].mean("digit").to_numpy()


RAW, STANDARD, FINAL = "the baseline population", "standardized inputs", "the normalized population"
AFTER, BEFORE = "LayerNorm after both ReLUs", "LayerNorm before both ReLUs"
MASKED = "LayerNorm after both, dropout"

CLAIMS = measured(
    {
        "normalization-standardizing-gains": (gain, "+.2%"),
        "normalization-rate-alone": (share_of_gain, ".0%"),  # CHANGED ratio
        "normalization-start-alone": (share_of_gain, ".0%"),  # CHANGED ratio
        "normalization-centering-alone": (share_of_gain, ".0%"),  # CHANGED ratio
        "normalization-tuned-pixels": (gain, "+.2%"),  # CHANGED mean images
        "normalization-both-tuned": (gain, "+.2%"),  # CHANGED mean images
        "normalization-order-is-noise": (gain, "+.2%"),  # CHANGED mean images
        "normalization-faster": (epochs_saved, ".0%"),
        "normalization-mask-hides": (mask_hides, "+.2%"),
        "normalization-losses-steadier": (fewer_rises, "+.0%"),
        "normalization-neurons-steadier": (steadier_tuning, "+.2f"),
        "normalization-activations-wider": (wider, "+.0%"),
        "normalization-before-specializes": (trained_into, "+.2f"),
        "normalization-before-tells": (tells_better, "+.3f"),
        "normalization-dropout-blurs": (blurred, "+.3f"),
        "normalization-bottlenecks-fewer": (fewer_bottlenecks, "+.1f"),
        "normalization-zero-is-mean": (zero_over_mean, "+.2%"),
        "normalization-coupling-harmless": (coupling_costs, "+.2%"),
    }
)
