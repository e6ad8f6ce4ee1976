"""Chapter 6: what convolutions change, at equal training and at matched accuracy."""

from __future__ import annotations

import numpy as np
import xarray as xr

from mnist_interp.claims.claim import measured
from mnist_interp.claims.interventions import rank_correlation
from mnist_interp.experiments import (
    ablation_effects,
    accuracy_matching,
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
    """Share of the CNN's gain over the MLP that frozen random convolutions give."""
    return gain(frozen, alike) / gain(cnn, alike)


def shuffled_away(cnn: Population, alike: Population, shuffled: Population, shuffled_mlp: Population) -> np.ndarray:
    """Share of the CNN's gain over the MLP that is gone when both are trained on shuffled pixels."""
    return 1 - gain(shuffled, shuffled_mlp) / gain(cnn, alike)


def blind(alike: Population, shuffled_mlp: Population) -> np.ndarray:
    """Test accuracy of the MLP on shuffled pixels less that on pixels in place."""
    return gain(shuffled_mlp, alike)


def _shift_cost(population: Population) -> np.ndarray:
    accuracy = robustness.summary(population)["shift"]
    return (accuracy.sel(pixels=0) - accuracy.sel(pixels=2)).to_numpy()


def shift_ratio(cnn: Population, alike: Population) -> np.ndarray:
    """Cost of a shift by two pixels to the CNN, as a share of that to the MLP."""
    return _shift_cost(cnn) / _shift_cost(alike)


def shift_cost(cnn: Population) -> np.ndarray:
    """Test accuracy that a shift by two pixels costs the CNN."""
    return _shift_cost(cnn)


def matched_checkpoints(cnn: Population, alike: Population) -> list[int]:
    """Return for each CNN the checkpoint at which it reads as well as the MLP of its seed does in the end."""
    return accuracy_matching.checkpoints(cnn, _accuracy(alike))["checkpoint"].to_numpy().tolist()


def _mean_ablation(measured: xr.Dataset) -> xr.DataArray:
    return ablation_effects.lost_overall(measured).sel(reference="mean")


def cost_a_unit(population: Population, layer: str, checkpoint: int | list[int] = -1) -> np.ndarray:
    """Test accuracy that mean ablation of one unit of a layer costs, averaged over its units, (n_runs,)."""
    return _mean_ablation(ablation_effects.costs(population, layer, checkpoint)).mean("unit").to_numpy()


def channel_against_neuron(cnn: Population, alike: Population) -> np.ndarray:
    """Cost of a channel of layer 2 at its mean, at matched accuracy, less that of a neuron of the MLP's layer 2."""
    return cost_a_unit(cnn, "relu2", matched_checkpoints(cnn, alike)) - cost_a_unit(alike, "relu2")


def ones_in_channels(cnn: Population) -> np.ndarray:
    """Most that one channel of layer 2 costs the 1s, set to zero."""
    return worst_for_ones(cnn, "zero", "relu2")


def ones_in_units(cnn: Population) -> np.ndarray:
    """Most that one unit of layer 3 costs the 1s, set to zero."""
    return worst_for_ones(cnn, "zero", "relu3")


def bottlenecks_left(cnn: Population, alike: Population) -> np.ndarray:
    """Bottlenecks under zero in the CNN's last hidden layer less those in the MLP's."""
    return (bottlenecks(cnn, "zero", "relu3") - bottlenecks(alike, "zero", "relu2")).astype(float)


def rises(cnn: Population) -> np.ndarray:
    """AUROC of a unit's best digit in layer 3 less that of a channel in layer 1, averaged over live units."""
    found = specialization.summary(cnn).sel(state="trained")
    rise = specialization.over_live(found, "auroc", "relu3") - specialization.over_live(found, "auroc", "relu1")
    return rise.to_numpy()


def spread_predicts(cnn: Population) -> np.ndarray:
    """Rank correlation of spread times readout with what mean ablation costs, over layer 3's units."""
    measured = ablation_effects.costs(cnn, "relu3")
    pairs = zip(measured["spread"].to_numpy(), _mean_ablation(measured).to_numpy(), strict=True)
    return np.array([rank_correlation(*both) for both in pairs])


def _silhouette(run: Run, layer: str) -> float:
    return unit_subsets.silhouette(recordings.points(run, layer, per_class=200), recordings.labels(per_class=200))


@store.cached
def silhouettes(population: Population, layer: str) -> xr.Dataset:
    """Return ``silhouette`` (seed) of the ten digits in a layer, on 2,000 test images."""
    found = parallel.each(_silhouette, [(run, layer) for run in population])
    return xr.Dataset({"silhouette": ("seed", found)}, coords={"seed": population.seeds})


def clearer(cnn: Population, alike: Population) -> np.ndarray:
    """Silhouette of the digits in the CNN's last hidden layer less that in the MLP's."""
    return (silhouettes(cnn, "relu3") - silhouettes(alike, "relu2"))["silhouette"].to_numpy()


CLAIMS = measured(
    {
        "cnn-reads-better": (gain, "+.2%"),
        "cnn-frozen": (frozen_share, ".0%"),  # CHANGED ratio
        "cnn-needs-neighbors": (shuffled_away, ".0%"),  # CHANGED ratio
        "cnn-shift-is-not-free": (shift_cost, ".1%"),
        "cnn-channel-is-cheaper": (channel_against_neuron, "+.1%"),
        "cnn-selectivity-rises": (rises, "+.3f"),
    }
)
