"""Chapter 6: what convolutions change, at equal training and at matched accuracy."""

from __future__ import annotations

import numpy as np
import xarray as xr

from mnist_interp.claims.claim import measured
from mnist_interp.claims.interventions import a_one, spread_beyond_std
from mnist_interp.experiments import (
    ablation_effects,
    accuracy_matching,
    channel_places,
    performance,
    recordings,
    robustness,
    specialization,
)
from mnist_interp.experiments.ablation_effects import bottlenecks, worst_for_ones
from mnist_interp.methods import unit_subsets
from mnist_interp.runtime import parallel, store
from mnist_interp.training.runs import Population, Run

CNN, ALIKE = "the CNN", "the MLP, trained as the CNN"
FROZEN, SHUFFLED, SHUFFLED_MLP = (
    "the CNN with frozen convolutions",
    "the CNN on shuffled pixels",
    "the MLP on shuffled pixels",
)


def _accuracy(population: Population) -> np.ndarray:
    return performance.accuracy(population)["accuracy"].to_numpy()


def gain(population: Population, against: Population) -> np.ndarray:
    """Test accuracy gained at the end over networks of the same seeds, (n_runs,)."""
    return _accuracy(population) - _accuracy(against)


def frozen_share(cnn: Population, alike: Population, frozen: Population) -> np.ndarray:
    """Gain over the MLP with frozen random convolutions, and of the trained CNN, (n_runs, 2)."""
    return np.stack([gain(frozen, alike), gain(cnn, alike)], axis=1)


def shuffled_away(cnn: Population, alike: Population, shuffled: Population, shuffled_mlp: Population) -> np.ndarray:
    """Gain over the MLP that is gone when both are trained on shuffled pixels, and the whole gain, (n_runs, 2)."""
    whole = gain(cnn, alike)
    return np.stack([whole - gain(shuffled, shuffled_mlp), whole], axis=1)


def shift_cost(population: Population, checkpoint: int | list[int] = -1) -> np.ndarray:
    """Test accuracy that a shift by two pixels costs, (n_runs,)."""
    accuracy = robustness.summary(population, checkpoint)["shift"]
    return (accuracy.sel(pixels=0) - accuracy.sel(pixels=2)).to_numpy()


def shift_at_matched_accuracy(cnn: Population, alike: Population) -> np.ndarray:
    """Cost of a shift by two pixels to the CNN at the MLP's accuracy, and to the MLP, (n_runs, 2)."""
    return np.stack([shift_cost(cnn, matched_checkpoints(cnn, alike)), shift_cost(alike)], axis=1)


def shift_without_learning(frozen: Population, alike: Population) -> np.ndarray:
    """Cost of a shift by two pixels with frozen convolutions, and to the MLP, (n_runs, 2)."""
    return np.stack([shift_cost(frozen), shift_cost(alike)], axis=1)


def matched_checkpoints(cnn: Population, alike: Population) -> list[int]:
    """Return for each CNN the checkpoint at which it matches the final accuracy of the MLP with its seed."""
    return accuracy_matching.checkpoints(cnn, _accuracy(alike))["checkpoint"].to_numpy().tolist()


def _mean_ablation(measured: xr.Dataset) -> xr.DataArray:
    return ablation_effects.lost_overall(measured).sel(reference="mean")


def cost_a_unit(population: Population, layer: str, checkpoint: int | list[int] = -1) -> np.ndarray:
    """Test accuracy that mean ablation of one unit of a layer costs, averaged over its units, (n_runs,)."""
    return _mean_ablation(ablation_effects.costs(population, layer, checkpoint)).mean("unit").to_numpy()


def channel_against_neuron(cnn: Population, alike: Population) -> np.ndarray:
    """Cost of a channel of layer 2 at its mean, at matched accuracy, less that of a neuron of the MLP's layer 2."""
    return cost_a_unit(cnn, "relu2", matched_checkpoints(cnn, alike)) - cost_a_unit(alike, "relu2")


def a_one_among_channels(cnn: Population) -> np.ndarray:
    """Whether a CNN has a channel of layer 2 that costs the 1s half, set to zero."""
    return a_one(cnn, "zero", "relu2")


def ones_beside(cnn: Population, mlp: Population) -> np.ndarray:
    """Share of 1s lost without the last unit they need most, set to zero: CNN at the MLP's accuracy minus MLP."""
    matched = worst_for_ones(cnn, "zero", "relu3", matched_checkpoints(cnn, mlp))
    return matched - worst_for_ones(mlp, "zero", "relu2")


def bottlenecks_beside(cnn: Population, mlp: Population) -> np.ndarray:
    """Bottlenecks under zero in the last hidden layer: CNN at the MLP's accuracy less MLP."""
    matched = bottlenecks(cnn, "zero", "relu3", matched_checkpoints(cnn, mlp))
    return (matched - bottlenecks(mlp, "zero", "relu2")).astype(float)


def bottlenecks_by_width(narrow: Population, wide: Population) -> np.ndarray:
    """Bottlenecks under zero in the last hidden layer of a perceptron: of 16 units less of 32."""
    return (bottlenecks(narrow, "zero") - bottlenecks(wide, "zero")).astype(float)


def rises(cnn: Population) -> np.ndarray:
    """AUROC of a unit's best digit in layer 3 less that of a channel in layer 1, averaged over live units."""
    found = specialization.summary(cnn).sel(state="trained")
    rise = specialization.over_live(found, "auroc", "relu3") - specialization.over_live(found, "auroc", "relu1")
    return rise.to_numpy()


def best_place(cnn: Population) -> np.ndarray:
    """AUROC of a last unit's best digit less that of a first channel at its best place, over live ones."""
    last = specialization.over_live(specialization.summary(cnn).sel(state="trained"), "auroc", "relu3")
    found = channel_places.detection(cnn)
    return (last - found["best"].where(found["live"]).mean("channel")).to_numpy()


def spread_beyond_std_in_last(cnn: Population) -> np.ndarray:
    """Rank correlation of spread times readout with mean ablation's cost less that of the spread, in layer 3."""
    return spread_beyond_std(cnn, "relu3")


def _silhouette(run: Run, layer: str, checkpoint: int) -> float:
    points = recordings.points(run, layer, per_class=200, checkpoint=checkpoint)
    return unit_subsets.silhouette(points, recordings.labels(per_class=200))


@store.cached
def silhouettes(population: Population, layer: str, checkpoint: int | list[int] = -1) -> xr.Dataset:
    """Return ``silhouette`` (seed) of the ten digits in a layer, on 2,000 test images."""
    places = [checkpoint] * len(population) if isinstance(checkpoint, int) else checkpoint
    found = parallel.each(_silhouette, [(run, layer, place) for run, place in zip(population, places, strict=True)])
    return xr.Dataset({"silhouette": ("seed", found)}, coords={"seed": population.seeds})


def clearer(cnn: Population, mlp: Population) -> np.ndarray:
    """Silhouette of the digits in the last hidden layer: CNN at the MLP's accuracy less MLP."""
    matched = silhouettes(cnn, "relu3", matched_checkpoints(cnn, mlp))
    return (matched - silhouettes(mlp, "relu2"))["silhouette"].to_numpy()


CLAIMS = measured(
    {
        "cnn-reads-better": (gain, "+.2f points"),
        "cnn-frozen": (frozen_share, ".0%"),
        "cnn-needs-neighbors": (shuffled_away, ".0%"),
        "cnn-shift-at-matched-accuracy": (shift_at_matched_accuracy, ".0%"),
        "cnn-shift-without-learning": (shift_without_learning, ".0%"),
        "cnn-shift-is-not-free": (shift_cost, ".1f points"),
        "cnn-channel-is-cheaper": (channel_against_neuron, "+.1f points"),
        "cnn-share-with-a-one-among-channels": (a_one_among_channels, ".0%"),
        "cnn-ones-at-equal-width": (ones_beside, "+.0f points"),
        "cnn-ones-at-equal-width-32": (ones_beside, "+.0f points"),
        "cnn-bottlenecks-at-equal-width": (bottlenecks_beside, "+.1f"),
        "cnn-bottlenecks-at-equal-width-32": (bottlenecks_beside, "+.1f"),
        "cnn-bottlenecks-by-width": (bottlenecks_by_width, "+.1f"),
        "cnn-selectivity-rises": (rises, "+.3f"),
        "cnn-best-place-does-not-rise": (best_place, "+.3f"),
        "cnn-spread-beyond-std": (spread_beyond_std_in_last, "+.2f"),
        "cnn-digits-clearer-at-equal-width": (clearer, "+.3f"),
    }
)
