"""Chapter 2: what the neurons of a population respond to, and what the word selective hides."""

from __future__ import annotations

import numpy as np
import xarray as xr

from mnist_interp.claims.claim import measured
from mnist_interp.experiments import detectors, digit_likeness, randomized_maps, revival, unit_selectivity
from mnist_interp.methods import selectivity
from mnist_interp.training.runs import Population


def _layer2(population: Population) -> xr.Dataset:
    return unit_selectivity.summary(population).sel(state="trained", layer="relu2")


def _share(which: xr.DataArray, among: xr.DataArray) -> np.ndarray:
    """Return the share of the units of each network that are so, among those that are something, 0 where none is."""
    return (which.sum("unit") / np.maximum(among.sum("unit"), 1)).to_numpy()


def untrained_beyond_null(population: Population) -> np.ndarray:
    """Share of an untrained network's active units whose index exceeds 95 of 100 permutations."""
    found = unit_selectivity.summary(population).sel(state="untrained")
    bar = found["null_index"].quantile(0.95, "permutation")
    active = found["active"] > 0
    beyond = (unit_selectivity.index(found["test_means"]) > bar) & active
    return (beyond.sum("neuron") / active.sum("neuron")).to_numpy()


def index_gained(population: Population) -> np.ndarray:
    """Mean index of active layer-2 units, trained less untrained."""
    found = unit_selectivity.summary(population).sel(layer="relu2")
    active = found["active"] > 0
    index = unit_selectivity.index(found["test_means"])
    means = (index * active).sum("unit") / np.maximum(active.sum("unit"), 1)
    return (means.sel(state="trained") - means.sel(state="untrained")).to_numpy()


def recall_when_precise(population: Population) -> np.ndarray:
    """Recall of the favorite digit at a precision of nine tenths, mean over strongly selective layer-2 units."""
    return detectors.over_strong(detectors.measured(population), "recall")


def detection_beyond_index(population: Population) -> np.ndarray:
    """Average precision of these units less the precision that their class means imply."""
    found = detectors.measured(population)
    return detectors.over_strong(found, "average_precision") - detectors.over_strong(found, "implied")


def shared_share(population: Population) -> np.ndarray:
    """Share of active layer-2 units that have a score of a half or more for several digits."""
    found = _layer2(population)
    several = (unit_selectivity.scores(found["train_means"]) >= selectivity.STRONG).sum("digit") > 1
    return _share(several, found["active"] > 0)


def ones_detector(population: Population) -> np.ndarray:
    """AUROC for ones of the layer-2 unit that is most selective for them on training images."""
    found = _layer2(population)
    most = unit_selectivity.scores(found["train_means"]).sel(digit=1).argmax("unit")
    return found["auroc"].sel(digit=1).isel(unit=most).to_numpy()


def top_gradient_hurts(population: Population) -> np.ndarray:
    """Share of the thirty top places by mean loss gradient whose unit votes against the digit."""
    found = unit_selectivity.gradients(population)
    votes = found["readout"] - found["readout"].mean("digit")
    shares = []
    for loss, vote in zip(found["loss"].to_numpy(), votes.to_numpy(), strict=True):
        top = selectivity.top_units(loss)
        shares.append((np.take_along_axis(vote, top, axis=1) < 0).mean())
    return np.array(shares)


def _rho(population: Population, name: str) -> np.ndarray:
    return digit_likeness.measured(population)[name].to_numpy()


def opposed_at_logits(population: Population) -> np.ndarray:
    """Rank correlation over pairs of digits: likeness of mean loss gradients at the logits with confusion."""
    return _rho(population, "logits")


def hidden_by_readout(population: Population) -> np.ndarray:
    """Rank correlation in layer 2 less its mean with the readout's rows permuted."""
    return _rho(population, "layer2") - _rho(population, "permuted")


def readout_likeness(population: Population) -> np.ndarray:
    """Rank correlation over pairs of digits: likeness of their readout rows with their confusion."""
    return _rho(population, "readout")


def readout_beyond_others(population: Population) -> np.ndarray:
    """Rank correlation of a network's own readout less the mean of the other networks'."""
    return _rho(population, "readout") - _rho(population, "other_readouts")


def readout_beyond_images(population: Population) -> np.ndarray:
    """Rank correlation of a network's own readout less that of the digits' mean images."""
    return _rho(population, "readout") - _rho(population, "images")


def cast_beyond_likeness(population: Population, published: Population) -> np.ndarray:
    """Mean matched correlation of the published network's layer 2 with each seed's, beyond rotated profiles."""
    found = unit_selectivity.matches(published, population)
    return (found["trained"].mean("unit") - found["rotated"].mean("unit")).to_numpy()


def slopes_kept(population: Population) -> np.ndarray:
    """Likeness of layer 2's gradient maps before and after layer 1 is drawn anew."""
    return randomized_maps.likeness(population)["rho"].sel(kind="slopes").to_numpy()


def attributions_kept(population: Population) -> np.ndarray:
    """Likeness of the sizes of integrated gradients before and after layer 1 is drawn anew."""
    return randomized_maps.likeness(population)["rho"].sel(kind="integrated gradients").to_numpy()


def revived(population: Population) -> np.ndarray:
    """Dead layer-2 units that come back when their bias is raised, and all dead ones, (n_runs, 2)."""
    found = revival.measured(population)
    return np.stack([found["revived"].sum("unit"), found["dead"].sum("unit")], axis=1).astype(float)


CLAIMS = measured(
    {
        "neurons-null-is-low": (untrained_beyond_null, ".1%"),
        "neurons-training-selects": (index_gained, "+.2f"),
        "neurons-precise-means-blind": (recall_when_precise, ".0%"),
        "neurons-detects-beyond-index": (detection_beyond_index, "+.2f"),
        "neurons-most-are-shared": (shared_share, ".1%"),
        "neurons-every-net-has-a-one": (ones_detector, ".3f"),
        "neurons-loss-gradient-sign": (top_gradient_hurts, ".1%"),
        "neurons-confusion-opposes-at-logits": (opposed_at_logits, "+.2f"),
        "neurons-readout-hides-opposition": (hidden_by_readout, "+.2f"),
        "neurons-confusion-shares-readout": (readout_likeness, "+.2f"),
        "neurons-readout-likeness-is-generic": (readout_beyond_others, "+.3f"),
        "neurons-images-predict-confusion": (readout_beyond_images, "+.3f"),
        "neurons-cast-beyond-likeness": (cast_beyond_likeness, "+.3f"),
        "neurons-gradient-needs-weights": (slopes_kept, "+.2f"),
        "neurons-attribution-keeps-the-ink": (attributions_kept, "+.2f"),
        "neurons-dead-revive": (revived, ".0%"),
    }
)
