"""Chapter 9: perceptron, CNN and transformer at equal accuracy, and what attention says.

Effects were debugged on seeds 100 to 102, which are in no population.
"""

from __future__ import annotations

import numpy as np

from mnist_interp.claims.claim import measured
from mnist_interp.experiments import (
    head_ablation,
    matched_architectures,
    paired_architectures,
    performance,
    robustness,
    rollout,
)
from mnist_interp.training.runs import Population

SHIFTED, TURNED = (0, 2), (0, 20)  # pixels and degrees, without and with
LEAST = 1e-4  # of damage, so that a network that loses nothing has a logarithm


def damage(population: Population) -> np.ndarray:
    """Mean over last units of what the optimal constant costs the digit hit hardest, at 95 % accuracy, (n_runs,)."""
    found = matched_architectures.matched(population, matched_architectures.mean_worst)
    return found.sel(reference="optimal").to_numpy()


def damage_beside(population: Population, mlp: Population) -> np.ndarray:
    """Logarithm of the ratio of `damage`: networks over the perceptrons of their seeds."""
    ours, theirs = (np.log(np.maximum(damage(one), LEAST)) for one in (population, mlp))
    return ours - theirs


def _accuracy(population: Population) -> np.ndarray:
    return performance.accuracy(population)["accuracy"].to_numpy()


def gain(population: Population, against: Population) -> np.ndarray:
    """Test accuracy at the end, beyond that of the networks of the same seeds, (n_runs,)."""
    return _accuracy(population) - _accuracy(against)


def shift_cost(population: Population) -> np.ndarray:
    """Test accuracy that a shift by two pixels costs at the checkpoint nearest to 95 % accuracy, (n_runs,)."""
    moved = robustness.summary(population, matched_architectures.nearest(population), SHIFTED, TURNED)["shift"]
    return (moved.sel(pixels=0) - moved.sel(pixels=2)).to_numpy()


def shift_beside(cnn: Population, transformer: Population) -> np.ndarray:
    """Cost of the shift to CNNs and to transformers, (n_runs, 2)."""
    return np.stack([shift_cost(cnn), shift_cost(transformer)], axis=1)


def privilege_apart(*populations: Population) -> np.ndarray:
    """Privilege of units of the kind that has most on average less that of the kind that has least, (n_pairs,).

    At the checkpoints nearest to 95 % accuracy.
    """
    found = [paired_architectures.privilege(one, matched_architectures.nearest(one)) for one in populations]
    means = [one.mean() for one in found]
    return np.asarray(found[int(np.argmax(means))] - found[int(np.argmin(means))])


def rollout_correlation(population: Population) -> np.ndarray:
    """Rank correlation over patches of rollout with what deleting them costs, (n_runs,)."""
    return rollout.measured(population)["correlation"].to_numpy()


def heads_are_parts(population: Population) -> np.ndarray:
    """Accuracy lost without the most vital head, less that without the most vital of as many rotated directions."""
    found = head_ablation.measured(population)
    return (found["lost"].max("head") - found["lost_rotated"].max("head").mean("rotation")).to_numpy()


CLAIMS = measured(
    {
        "architectures-damage-cnn": (damage_beside, ".2f times"),
        "architectures-damage-transformer": (damage_beside, ".2f times"),
        "architectures-cnn-beats-transformer": (gain, "+.2f points"),
        "architectures-shift": (shift_beside, ".0%"),
        "architectures-privilege-alike": (privilege_apart, ".3f"),
        "architectures-shuffle-transformer": (gain, "+.2f points"),
        "architectures-rollout": (rollout_correlation, ".2f"),
        "architectures-heads": (heads_are_parts, "+.1f points"),
    }
)
