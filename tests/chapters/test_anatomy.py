"""A network opened up: maps, evidence and favorites against what the network itself says."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from mnist_interp.chapters.cnn import anatomy
from mnist_interp.data import mnist
from mnist_interp.methods import projections
from mnist_interp.training import models

IMAGES = [3, 17]
PIXELS = mnist.load("test").pixels[IMAGES]


class _Run:
    def __init__(self, model: torch.nn.Sequential) -> None:
        self._model = model.eval().requires_grad_(False)

    def model(self) -> torch.nn.Sequential:
        return self._model


@pytest.fixture(scope="module")
def run() -> _Run:
    torch.manual_seed(1)
    return _Run(models.cnn(channels=(3, 4), hidden=6))


def test_maps_are_the_layers_enlarged(run: _Run) -> None:
    arrays, frame = anatomy.feature_maps(run, IMAGES, "relu1")
    assert arrays.shape == (6, 28, 28)
    assert frame.values.tolist() == [[image, str(channel)] for image in IMAGES for channel in range(3)]
    expected = run.model()[:4](PIXELS)
    np.testing.assert_allclose(arrays[4][::2, ::2], expected[1, 1])
    np.testing.assert_array_equal(arrays[4][::2], arrays[4][1::2])


def test_integrated_gradients_add_up_to_what_the_logit_gained(run: _Run) -> None:
    arrays, frame = anatomy.evidence({"net": run}, IMAGES)
    logits, blank = run.model()(PIXELS), run.model()(torch.zeros(1, 784))[0]
    for place, image in enumerate(IMAGES):
        read = int(logits[place].argmax())
        rows = frame.index[(frame["image"] == image) & (frame["method"] == "integrated gradients")]
        assert frame.loc[rows, "label"].tolist() == [f"net: read as {read}"]
        gained = float(logits[place, read] - blank[read])
        assert arrays[rows[0]].sum() == pytest.approx(gained, abs=0.02 * max(1, abs(gained)))
    assert (arrays[frame.index[frame["method"] == "saliency"]] >= 0).all()


def test_logits_are_centered(run: _Run) -> None:
    found = anatomy.logits({"net": run}, IMAGES)
    assert np.abs(found.groupby("image")["logit"].mean()).max() < 0.01
    expected = run.model()(PIXELS)[1]
    rows = found[found["image"] == IMAGES[1]].sort_values("digit")["logit"].to_numpy()
    np.testing.assert_allclose(rows, expected - expected.mean(), atol=0.006)


def test_favorites_hold_the_strongest_place(run: _Run) -> None:
    cuts, frame = anatomy.favorites(run, ["relu1"], count=2)
    assert cuts.shape == (6, 48, 48)
    maps = run.model()[:4](mnist.load("test").pixels[:3000])
    strongest = run.model()[:4](mnist.load("test").pixels[frame["image"].tolist()])
    for row, name in enumerate(frame["channel"]):
        channel = int(name.split(".")[1])
        assert strongest[row, channel].max() >= maps[:, channel].max() - 1e-6 or row % 2
    table = anatomy.tuning_of_channels(run, ["relu1", "relu3"], maps="max")
    assert table.groupby(["layer", "number"])["value"].max().isin([0.0, 1.0]).all()
    assert len(table) == 10 * (3 + 6)


def test_both_ways_of_summing_up_a_map_are_kept_apart(run: _Run) -> None:
    found = anatomy.tuning_both_ways(run, ["relu1"])
    for kind, rows in found.groupby("kind"):
        expected = anatomy.tuning_of_channels(run, ["relu1"], maps=kind)
        assert rows["value"].tolist() == expected["value"].tolist()


def test_images_keep_their_labels_and_readings_where_they_are_placed(
    run: _Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(projections, "umap", lambda points, neighbors, seed: {"map": points[:, :2] + [[0.0, 1.0]]})
    images = mnist.sample("test", 5)
    frame = anatomy.placed({"one": (run, "linear3"), "two": (run, "output")}, images, most=3)
    assert frame.groupby(["space", "label"]).size().tolist() == [3] * 20
    assert (frame["label"] == mnist.load("test").labels[frame["image"]]).all()
    read = run.model()(mnist.load("test").pixels[frame["image"].tolist()])
    assert frame["predicted"].tolist() == read.argmax(1).tolist()
    drawn = frame[frame["space"] == "two"]
    x = np.argsort(read[drawn.index, 0].numpy(), kind="stable")
    assert drawn["x"].iloc[x].is_monotonic_increasing
