"""Chapter 4: what standardized inputs, LayerNorm and dropout do to training and to neurons, and by which mechanism."""

from __future__ import annotations

import numpy as np
import xarray as xr

from mnist_interp.claims.baseline import at_landmarks, profile_agreement
from mnist_interp.claims.claim import measured
from mnist_interp.claims.interventions import a_one
from mnist_interp.experiments import (
    ablation_effects,
    correctness,
    layernorm_ablation,
    performance,
    recordings,
    specialization,
    subset_scores,
)
from mnist_interp.experiments.ablation_effects import bottlenecks
from mnist_interp.methods import unit_subsets
from mnist_interp.runtime import parallel, store
from mnist_interp.training.runs import Population, Run


def settled(population: Population) -> xr.DataArray:
    """Test accuracy, mean of the last five epochs, (seed)."""
    return performance.settled(performance.summary(population)["test_accuracy"])


def gain(first: Population, second: Population) -> np.ndarray:
    """Settled test accuracy of the second population less that of the same seed in the first."""
    return (settled(second) - settled(first)).to_numpy()


def gain_by_image(first: Population, second: Population) -> np.ndarray:
    """Settled accuracy of the second population less that of the same seed in the first, by image."""
    return correctness.settled(second) - correctness.settled(first)


def share_of_gain(raw: Population, standardized: Population, arm: Population) -> np.ndarray:
    """Return what an arm gains alone, and what standardizing gains, (n_runs, 2)."""
    return np.stack([gain(raw, arm), gain(raw, standardized)], axis=1)


def epochs_saved(raw: Population, population: Population) -> np.ndarray:
    """Epochs a network needs to match its seed's baseline's final accuracy, as a share of the baseline's epochs."""
    accuracy = performance.summary(population)["test_accuracy"]
    return (performance.epochs_to_reach(accuracy, settled(raw)) / raw[0].recipe.epochs).to_numpy()


def mask_hides(population: Population) -> np.ndarray:
    """Training accuracy in evaluation mode minus the last epoch's running mean with the mask on, (n_runs,)."""
    seen = np.array([run.accuracy[-1] for run in population])
    return performance.summary(population)["train_accuracy"].to_numpy() - seen


def rises(population: Population) -> np.ndarray:
    """Share of epochs, the first left out, after which the test loss rises, (n_runs,)."""
    return performance.rises(performance.summary(population)["test_loss"]).to_numpy()


def fewer_rises(raw: Population, population: Population) -> np.ndarray:
    """Share of epochs after which the test loss rises, less that of the same seed's baseline."""
    return rises(population) - rises(raw)


def steadier_tuning(raw: Population, population: Population) -> np.ndarray:
    """Correlation of layer 2's tuning after epoch 5 with that at the end, minus the same seed's baseline's."""
    return profile_agreement(population, 5) - profile_agreement(raw, 5)


def wider(raw: Population, standardized: Population) -> np.ndarray:
    """Relative increase of the spread of layer 1's pre-activations with standardized inputs over plain pixels."""
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
    """Mean cost of zero ablation of layer 1 after its LayerNorm, minus that of mean ablation."""
    lost = ablation_effects.lost_overall(ablation_effects.costs(normalized, "norm1")).mean("unit")
    return (lost.sel(reference="zero") - lost.sel(reference="mean")).to_numpy()


def coupling_costs(normalized: Population) -> np.ndarray:
    """Mean cost of zeroing a unit before LayerNorm with statistics recomputed, less with them frozen."""
    lost = layernorm_ablation.costs(normalized)["overall"].sel(reference="zero").mean("unit")
    return (lost.sel(statistics="recomputed") - lost.sel(statistics="frozen")).to_numpy()


def a_one_under_zero(normalized: Population) -> np.ndarray:
    """Whether a network has a layer-2 unit that costs the 1s half, under zero ablation."""
    return a_one(normalized, "zero")


def a_one_under_mean(normalized: Population) -> np.ndarray:
    """Whether it has one under mean ablation."""
    return a_one(normalized, "mean")


def _imposed(standardized: Population, score: str, place: str) -> np.ndarray:
    """Return a score of layer 2's live units with a LayerNorm imposed at a place, (n_runs,)."""
    found = specialization.over_live(specialization.imposed(standardized, place), score, "relu2")
    return found.sel(state="trained").to_numpy()


def _trained(population: Population, score: str) -> np.ndarray:
    return _specialized(population, score).sel(state="trained").to_numpy()


def imposed_behind_index(standardized: Population) -> np.ndarray:
    """Return layer 2's selectivity index with a LayerNorm imposed after layer 1's ReLU, minus the index without."""
    return _imposed(standardized, "index", "behind relu1") - _trained(standardized, "index")


def imposed_behind_auroc(standardized: Population) -> np.ndarray:
    """AUROC of layer 2 with a LayerNorm imposed after layer 1's ReLU, minus without."""
    return _imposed(standardized, "auroc", "behind relu1") - _trained(standardized, "auroc")


def before_over_rulers(standardized: Population, before: Population) -> np.ndarray:
    """AUROC of networks with LayerNorm before both ReLUs, less the largest of those without, under every ruler."""
    rulers = [_imposed(standardized, "auroc", place) for place in specialization.PLACES]
    return _trained(before, "auroc") - np.max([_trained(standardized, "auroc"), *rulers], axis=0)


def bottlenecks_behind(after: Population) -> np.ndarray:
    """Bottlenecks after layer 2's LayerNorm under zero ablation."""
    return bottlenecks(after, "zero", "norm2").astype(float)


def fewer_by_speed(raw: Population, fast: Population, normalized: Population) -> np.ndarray:
    """Bottlenecks that a better rate spares, and those that normalization spares, (n_runs, 2)."""
    return np.stack([fewer_bottlenecks(raw, fast), fewer_bottlenecks(raw, normalized)], axis=1).astype(float)


def more_under_resample(raw: Population, normalized: Population) -> np.ndarray:
    """Bottlenecks of the normalized network under resampling, less its baseline's."""
    return (bottlenecks(normalized, "resample") - bottlenecks(raw, "resample")).astype(float)


@store.cached
def subspaces(population: Population) -> xr.Dataset:
    """Score each digit's five most selective live units, and random live fives, on 2,000 test images.

    Returns
    -------
    xarray.Dataset
        Silhouettes of all ten digits by ``seed``: ``selective``, mean of the ten fives, and ``random``, of 200.
    """
    found = np.array(parallel.each(_silhouettes, [(run,) for run in population]))
    names = ("selective", "random")
    return xr.Dataset({name: ("seed", found[:, k]) for k, name in enumerate(names)}, {"seed": population.seeds})


def _silhouettes(run: Run) -> list[float]:
    values = recordings.points(run, "relu2", per_class=subset_scores.PER_CLASS)
    labels = recordings.labels(per_class=subset_scores.PER_CLASS)
    live = subset_scores.live_units(run)
    sets = subset_scores.selective_live_fives(run), live[subset_scores.random_fives(len(live), seed=run.seed)]
    return [float(unit_subsets.silhouettes(values, labels, chosen).mean()) for chosen in sets]


def clearer_than_random(raw: Population, normalized: Population) -> np.ndarray:
    """Silhouette of selective fives less random live ones, normalized less baseline."""
    first, second = (subspaces(one) for one in (raw, normalized))
    return ((second["selective"] - second["random"]) - (first["selective"] - first["random"])).to_numpy()


RAW, STANDARD, FINAL = "the baseline population", "standardized inputs", "the normalized population"
AFTER, BEFORE = "LayerNorm after both ReLUs", "LayerNorm before both ReLUs"
MASKED = "LayerNorm after both, dropout"

CLAIMS = measured(
    {
        "normalization-standardizing-gains": (gain, "+.2f points"),
        "normalization-rate-alone": (share_of_gain, ".0%"),
        "normalization-start-alone": (share_of_gain, ".0%"),
        "normalization-centering-alone": (share_of_gain, ".0%"),
        "normalization-tuned-pixels": (gain_by_image, "+.2f points"),
        "normalization-both-tuned": (gain_by_image, "+.2f points"),
        "normalization-order-is-noise": (gain_by_image, "+.2f points"),
        "normalization-faster": (epochs_saved, ".0%"),
        "normalization-mask-hides": (mask_hides, "+.2f points"),
        "normalization-losses-steadier": (fewer_rises, "+.0f points"),
        "normalization-neurons-steadier": (steadier_tuning, "+.2f"),
        "normalization-activations-wider": (wider, "+.0%"),
        "normalization-before-specializes": (trained_into, "+.2f"),
        "normalization-before-tells": (tells_better, "+.3f"),
        "normalization-dropout-blurs": (blurred, "+.3f"),
        "normalization-bottlenecks-fewer": (fewer_bottlenecks, "+.1f"),
        "normalization-share-with-a-one-under-zero": (a_one_under_zero, ".0%"),
        "normalization-share-with-a-one-under-mean": (a_one_under_mean, ".0%"),
        "normalization-subspaces-clearer-than-random": (clearer_than_random, "+.3f"),
        "normalization-imposed-behind-index": (imposed_behind_index, "+.3f"),
        "normalization-imposed-behind-auroc": (imposed_behind_auroc, "+.3f"),
        "normalization-before-beats-every-ruler": (before_over_rulers, "+.3f"),
        "normalization-behind-no-bottleneck": (bottlenecks_behind, ".2f"),
        "normalization-fewer-is-faster": (fewer_by_speed, ".0%"),
        "normalization-resampled-breaks-more": (more_under_resample, "+.1f"),
        "normalization-zero-is-mean": (zero_over_mean, "+.2f points"),
        "normalization-coupling-harmless": (coupling_costs, "+.2f points"),
    }
)
