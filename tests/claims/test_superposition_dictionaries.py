"""Effects of chapter 7's claims on dictionaries, on made-up scores of two networks."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from mnist_interp.experiments import slot_dictionaries
from mnist_interp.experiments.slot_dictionaries import AUTOENCODER, NAMES, TWIN, UNTRAINED
from tests.claims import made
from tests.claims.made import shows

NETWORKS = made.population()


def _scored(first: dict[str, float], second: dict[str, float]) -> xr.Dataset:
    """Return AUROCs whose means over three features are as told, 0.5 for all other dictionaries."""
    means = np.array([[one.get(name, 0.5) for name in NAMES] for one in (first, second)])
    axes = {"seed": made.SEEDS, "dictionary": list(NAMES), "feature": range(3)}
    return made.labeled(axes, auroc=means[..., None] + np.array([-0.1, 0.0, 0.1]))


@pytest.mark.parametrize(
    ("claim", "first", "second", "effects"),
    [
        ("superposition-dictionary-wins", {"PCA": 0.7, "NMF": 0.72}, {"neurons": 0.79, "k-means": 0.6}, [0.08, 0.01]),
        ("superposition-clusters-tie", {"k-means": 0.81, "PCA": 0.1}, {"k-means": 0.75, "ICA": 0.8}, [-0.01, 0.05]),
        ("superposition-dictionary-needs-training", {UNTRAINED: 0.7, "PCA": 0.9}, {UNTRAINED: 0.77}, [0.1, 0.03]),
        ("superposition-dictionary-beyond-moments", {TWIN: 0.7, UNTRAINED: 0.9}, {TWIN: 0.79}, [0.1, 0.01]),
    ],
)
def test_autoencoders_are_held_against(
    monkeypatch: pytest.MonkeyPatch, claim: str, first: dict[str, float], second: dict[str, float], effects: list[float]
) -> None:
    found = _scored({AUTOENCODER: 0.8, **first}, {AUTOENCODER: 0.8, **second})
    monkeypatch.setattr(slot_dictionaries, "compared", made.by_population((NETWORKS, found)))
    shows(claim, NETWORKS, effects=effects)


@pytest.mark.parametrize("name", [TWIN, UNTRAINED, "transcoder", "autoencoder, pixel components"])
def test_controls_and_the_transcoder_are_none_of_the_simpler_dictionaries(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    found = _scored({AUTOENCODER: 0.8, name: 0.95}, {AUTOENCODER: 0.8, "random directions": 0.79})
    monkeypatch.setattr(slot_dictionaries, "compared", made.by_population((NETWORKS, found)))
    shows("superposition-dictionary-wins", NETWORKS, effects=[0.3, 0.01])
