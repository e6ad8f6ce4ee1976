"""Chapter 6: what convolutions change, at equal training and at matched accuracy."""

from __future__ import annotations

import numpy as np
import xarray as xr

from mnist_interp.claims.claim import Claim
from mnist_interp.claims.interventions import HALF, rank_correlation
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


CLAIMS = (
    Claim(
        id="cnn-reads-better",
        statement="Trained alike and about as large, the CNN reads the test images better by a point or more.",
        declared="Trained alike and about as large, the CNN reads a point or more of all test images better.",
        measure="test accuracy after the last epoch, CNN less MLP of the same seed, optimizer, schedule and epochs",
        direction="greater",
        smallest=0.01,
        null="the MLP with the CNN's recipe; a gain of one point",
        populations=(CNN, ALIKE),
        effects=gain,
        form="+.2%",
    ),
    Claim(
        id="cnn-frozen",
        statement="Convolutions drawn at random and never trained give half of that gain.",
        measure="gain over the MLP with both convolutions frozen as they were drawn, over the gain of the trained CNN",
        direction="greater",
        smallest=0.5,
        null="a share of one half: signs flipped about it",
        populations=(CNN, ALIKE, FROZEN),
        effects=frozen_share,
        form=".0%",
    ),
    Claim(
        id="cnn-needs-neighbors",
        statement="Shuffle the pixels of all images alike, train again, and more than half of the gain is gone.",
        measure="one less the ratio of the gain over the MLP on shuffled pixels to that on pixels in place",
        direction="greater",
        smallest=0.5,
        null="both networks retrained on the same shuffled pixels; a share of one half",
        populations=(CNN, ALIKE, SHUFFLED, SHUFFLED_MLP),
        effects=shuffled_away,
        form=".0%",
    ),
    Claim(
        id="cnn-mlp-is-blind",
        statement="The MLP reads shuffled pixels as well as pixels in place.",
        measure="test accuracy of the MLP trained on shuffled pixels less that of the MLP of the same seed on pixels "
        "in place",
        direction="absent",
        smallest=0.0025,
        null="the same seeds on pixels in place; a quarter of a point either way",
        populations=(ALIKE, SHUFFLED_MLP),
        effects=blind,
        form="+.2%",
    ),
    Claim(
        id="cnn-shift",
        statement="A digit moved by two pixels costs the CNN less than half of what it costs the MLP.",
        measure="accuracy lost to a shift by two pixels, mean of four directions, CNN over MLP of the same seed",
        direction="less",
        smallest=0.5,
        null="the MLP with the CNN's recipe; a ratio of one half",
        populations=(CNN, ALIKE),
        effects=shift_ratio,
        form=".0%",
    ),
    Claim(
        id="cnn-shift-is-not-free",
        statement="Sharing filters is no invariance: two pixels cost the CNN a point or more.",
        measure="accuracy lost to a shift by two pixels, mean of four directions",
        direction="greater",
        smallest=0.01,
        null="the same images in place; a loss of one point",
        populations=(CNN,),
        effects=shift_cost,
        form=".1%",
    ),
    Claim(
        id="cnn-channel-is-cheaper",
        statement="At matched accuracy, a sixteenth of layer 2 costs less in the CNN than in the MLP, by a point or "
        "more.",
        measure="accuracy lost when a channel of layer 2 is held at its mean map, averaged over 16, in the CNN at its "
        "checkpoint of the MLP's accuracy, less that of a neuron of the MLP's layer 2 at its mean",
        direction="less",
        smallest=-0.01,
        null="the MLP with the CNN's recipe of the same seed, read equally well; a point less",
        populations=(CNN, ALIKE),
        effects=channel_against_neuron,
        form="+.1%",
    ),
    Claim(
        id="cnn-no-one-among-channels",
        statement="No channel of layer 2, set to zero, costs the ones half.",
        measure="most that zero ablation of one channel of layer 2 takes from the test accuracy of digit 1",
        direction="less",
        smallest=HALF,
        null="a loss of half: signs flipped about it",
        populations=(CNN,),
        effects=ones_in_channels,
        form=".0%",
    ),
    Claim(
        id="cnn-no-one-among-units",
        statement="No unit of layer 3, set to zero, costs the ones half.",
        measure="most that zero ablation of one unit of layer 3 takes from the test accuracy of digit 1",
        direction="less",
        smallest=HALF,
        null="a loss of half: signs flipped about it",
        populations=(CNN,),
        effects=ones_in_units,
        form=".0%",
    ),
    Claim(
        id="cnn-fewer-bottlenecks",
        statement="The CNN's last hidden layer has two bottlenecks fewer under zero than the MLP's.",
        measure="units whose zero ablation costs some digit 50 points or more: 32 units of the CNN's layer 3 less 16 "
        "of the layer 2 of the MLP trained alike",
        direction="less",
        smallest=-2.0,
        null="the MLP with the CNN's recipe; a difference of two units",
        populations=(CNN, ALIKE),
        effects=bottlenecks_left,
        form="+.1f",
    ),
    Claim(
        id="cnn-selectivity-rises",
        statement="From the first channels to the last units, detectors of a digit become better.",
        measure="AUROC of the best digit, averaged over live units, layer 3 less the channels (mean of the map) of "
        "layer 1",
        direction="greater",
        smallest=0.05,
        null="equal scores; a difference of .05",
        populations=(CNN,),
        effects=rises,
        form="+.3f",
    ),
    Claim(
        id="cnn-spread-foretells",
        statement="As in the MLP, spread times readout foretells what mean ablation of a last hidden unit costs.",
        measure="Spearman's rho of std(a) times the norm of the centered readout (training images) with lost accuracy "
        "(test images), over layer 3's units, mean ablation",
        direction="greater",
        smallest=0.6,
        null="no correlation beyond 0.6; reshuffled units give 0",
        populations=(CNN,),
        effects=spread_predicts,
    ),
    Claim(
        id="cnn-digits-are-clearer",
        statement="Digits lie more clearly apart in the CNN's last hidden layer than in the MLP's.",
        measure="silhouette of the ten digits on 2,000 test images, CNN's layer 3 less MLP's layer 2",
        direction="greater",
        smallest=0.05,
        null="the MLP with the CNN's recipe; a difference of .05",
        populations=(CNN, ALIKE),
        effects=clearer,
        form="+.3f",
    ),
)
