"""Chapter 4: what standardized inputs, LayerNorm and dropout do to training and to neurons, and by which mechanism."""

from __future__ import annotations

import numpy as np
import xarray as xr

from mnist_interp.claims.baseline import at_landmarks, profile_agreement
from mnist_interp.claims.claim import Claim
from mnist_interp.claims.interventions import ones_under_mean, ones_under_zero
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

CLAIMS = (
    Claim(
        id="normalization-standardizing-gains",
        statement="At the published learning rate, standardizing the input gains more than a point of accuracy.",
        measure="test accuracy, mean of the last five of 20 epochs, on standardized pixels less that on pixels in "
        "[0, 1]",
        direction="greater",
        smallest=0.01,
        null="the same seeds on pixels in [0, 1]; a margin of one point",
        populations=(RAW, STANDARD),
        effects=gain,
        form="+.2%",
    ),
    Claim(
        id="normalization-rate-alone",
        statement="Three quarters of that gain or more are a learning rate: that of the first layer's weights.",
        measure="gain of pixels in [0, 1] whose first weights learn at the rate that scaled inputs imply, over the "
        "gain of standardizing",
        direction="greater",
        smallest=0.75,
        null="the gain of standardizing, same seed; a share of three quarters",
        populations=(RAW, STANDARD, "the rate of scaled inputs"),
        effects=share_of_gain,
        form=".0%",
    ),
    Claim(
        id="normalization-start-alone",
        statement="Starting from the larger weights that scaled inputs imply gains less than a quarter of it.",
        measure="gain of pixels in [0, 1] whose first weights start as much larger, over the gain of standardizing",
        direction="less",
        smallest=0.25,
        null="the gain of standardizing, same seed; a share of a quarter",
        populations=(RAW, STANDARD, "the start of scaled inputs"),
        effects=share_of_gain,
        form=".0%",
    ),
    Claim(
        id="normalization-centering-alone",
        statement="Centering alone gains less than a quarter of it.",
        measure="gain of centered, unscaled pixels over the gain of standardizing",
        direction="less",
        smallest=0.25,
        null="the gain of standardizing, same seed; a share of a quarter",
        populations=(RAW, STANDARD, "centered inputs"),
        effects=share_of_gain,
        form=".0%",
    ),
    Claim(
        id="normalization-tuned-pixels",
        statement="Pixels in [0, 1] at their own best rate read no worse than standardized ones at the published rate.",
        measure="test accuracy, mean of the last five epochs, of pixels at the rate chosen on validation less that of "
        "standardized pixels at 0.01",
        direction="greater",
        smallest=-0.001,
        null="standardized pixels, same seed; a tenth of a point short of them",
        populations=(STANDARD, "pixels at their best rate"),
        effects=gain,
        form="+.2%",
    ),
    Claim(
        id="normalization-both-tuned",
        statement="Each at its own best rate, standardized and plain pixels are within a quarter of a point.",
        measure="test accuracy, mean of the last five epochs, of standardized pixels less that of plain ones, each at "
        "the rate chosen on validation",
        direction="absent",
        smallest=0.0025,
        null="plain pixels, same seed; a margin of a quarter of a point either way",
        populations=("pixels at their best rate", "standardized inputs at their best rate"),
        effects=gain,
        form="+.2%",
    ),
    Claim(
        id="normalization-order-is-noise",
        statement="LayerNorm and dropout in the published order add less than a quarter of a point to standardizing.",
        measure="test accuracy, mean of the last five epochs, of the published final configuration less that of "
        "standardized pixels alone",
        direction="absent",
        smallest=0.0025,
        null="standardized pixels alone, same seed; a margin of a quarter of a point either way",
        populations=(STANDARD, FINAL),
        effects=gain,
        form="+.2%",
    ),
    Claim(
        id="normalization-faster",
        statement="In half the epochs or fewer the normalized network reads as well as its baseline does in the end.",
        measure="epochs to the test accuracy of the same seed's baseline, mean of its last five epochs, over its 20",
        direction="less",
        smallest=0.5,
        null="the baseline of the same seed; half of its epochs",
        populations=(RAW, FINAL),
        effects=epochs_saved,
        form=".0%",
    ),
    Claim(
        id="normalization-mask-hides",
        statement="Training accuracy under dropout looks a point or more lower than it is, because the mask is on.",
        measure="training accuracy in evaluation mode after the last epoch less the mean that this epoch printed",
        direction="greater",
        smallest=0.01,
        null="the same networks with the mask on; a margin of one point",
        populations=(FINAL,),
        effects=mask_hides,
        form="+.2%",
    ),
    Claim(
        id="normalization-losses-steadier",
        statement="Normalization steadies the loss: it rises after at least a tenth fewer of the epochs.",
        measure="share of epochs, the first left out, after which the test loss is higher than before, normalized less "
        "baseline",
        direction="less",
        smallest=-0.1,
        null="the baseline of the same seed; a tenth of the epochs",
        populations=(RAW, FINAL),
        effects=fewer_rises,
        form="+.0%",
    ),
    Claim(
        id="normalization-neurons-steadier",
        statement="Normalization steadies neurons: after epoch 5 layer 2's tuning changes less than the baseline's.",
        measure="correlation of layer 2's class means after epoch 5 with those at the end, mean over units, normalized "
        "less baseline",
        direction="greater",
        smallest=0.05,
        null="the baseline of the same seed; a margin of 0.05",
        populations=(RAW, FINAL),
        effects=steadier_tuning,
        form="+.2f",
    ),
    Claim(
        id="normalization-activations-wider",
        statement="Standardizing widens activations: layer 1's pre-activations spread half as much again, or more.",
        measure="standard deviation of linear1 on test images after 20 epochs, standardized over plain, less one",
        direction="greater",
        smallest=0.5,
        null="pixels in [0, 1], same seed; a half more",
        populations=(RAW, STANDARD),
        effects=wider,
        form="+.0%",
    ),
    Claim(
        id="normalization-before-specializes",
        statement="LayerNorm before the ReLU makes training specialize layer 2's neurons more, by the index of Morcos.",
        measure="what training adds to the mean index of layer 2's live units, LayerNorm before both ReLUs less none, "
        "standardized pixels",
        direction="greater",
        smallest=0.05,
        null="no LayerNorm, same seed, and both networks untrained; a margin of 0.05",
        populations=(STANDARD, BEFORE),
        effects=trained_into,
        form="+.2f",
    ),
    Claim(
        id="normalization-before-tells",
        statement="LayerNorm before the ReLU makes layer 2's neurons better detectors of their digit.",
        measure="mean AUROC of layer 2's live units for their best digit, LayerNorm before both ReLUs less none",
        direction="greater",
        smallest=0.02,
        null="no LayerNorm, same seed; a margin of 0.02",
        populations=(STANDARD, BEFORE),
        effects=tells_better,
        form="+.3f",
    ),
    Claim(
        id="normalization-dropout-blurs",
        statement="Dropout in layer 1 blurs the selectivity of layer 2's neurons.",
        measure="mean index of Morcos of layer 2's live units, with dropout 0.2 less without, LayerNorm after both "
        "ReLUs",
        direction="less",
        smallest=-0.02,
        null="no dropout, same seed and minibatches; a margin of 0.02",
        populations=(AFTER, MASKED),
        effects=blurred,
        form="+.3f",
    ),
    Claim(
        id="normalization-bottlenecks-fewer",
        statement="The normalized network has at least two bottlenecks fewer under zero ablation than its baseline.",
        measure="layer-2 units whose zeroing costs some digit 50 points or more, baseline less normalized",
        direction="greater",
        smallest=2.0,
        null="the baseline of the same seed; a difference of two units",
        populations=(RAW, FINAL),
        effects=fewer_bottlenecks,
        form="+.1f",
    ),
    Claim(
        id="normalization-a-one-under-zero",
        statement="As a rule the normalized network has its neuron 0 too: one whose zeroing costs the 1s half or more.",
        measure="most that zero ablation of one layer-2 unit takes from the test accuracy of digit 1",
        direction="greater",
        smallest=0.5,
        null="a loss of half: signs flipped about it",
        populations=(FINAL,),
        effects=ones_under_zero,
        form=".0%",
    ),
    Claim(
        id="normalization-a-one-under-mean",
        statement="Set to its mean instead, the neuron of the normalized network that the 1s need most costs them less "
        "than half, on average.",
        declared="Set to its mean instead, no neuron of the normalized network costs the 1s half.",
        measure="most that mean ablation of one layer-2 unit takes from the test accuracy of digit 1",
        direction="less",
        smallest=0.5,
        null="a loss of half: signs flipped about it",
        populations=(FINAL,),
        effects=ones_under_mean,
        form=".0%",
    ),
    Claim(
        id="normalization-zero-is-mean",
        statement="Behind a LayerNorm, zeroing a unit costs about what setting it to its mean does.",
        measure="mean cost over layer 1's units, taken behind their LayerNorm, of zero ablation less that of mean "
        "ablation",
        direction="absent",
        smallest=0.005,
        null="mean ablation of the same units; a margin of half a point either way",
        populations=(FINAL,),
        effects=zero_over_mean,
        form="+.2%",
    ),
    Claim(
        id="normalization-coupling-harmless",
        statement="Before a LayerNorm, it hardly matters to accuracy whether its statistics are recomputed or frozen.",
        measure="mean cost over layer 1's units of zero ablation before the LayerNorm, recomputed less frozen",
        direction="absent",
        smallest=0.005,
        null="the same ablations with frozen statistics; a margin of half a point either way",
        populations=(FINAL,),
        effects=coupling_costs,
        form="+.2%",
    ),
    Claim(
        id="normalization-subspaces-clearer",
        statement="Subspaces of the most selective neurons separate the digits more clearly in the normalized network.",
        measure="silhouette of the ten digits in the subspace of the five units most selective for one of them, native "
        "space, mean over the ten subspaces, normalized less baseline",
        direction="greater",
        smallest=0.05,
        null="the baseline of the same seed; a margin of 0.05",
        populations=(RAW, FINAL),
        effects=clearer_subspaces,
        form="+.3f",
    ),
)
