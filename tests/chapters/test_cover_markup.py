"""The cover's bench as HTML: its pixels, its sentences, a network that is silent. The rest is tested on the site."""

from __future__ import annotations

import re

import numpy as np
import pytest
import xarray as xr

from mnist_interp.chapters.index import cover, lesions
from mnist_interp.chapters.index.lesions import WAYS
from mnist_interp.data import mnist
from mnist_interp.training.recipe import Recipe
from mnist_interp.training.runs import Run


def test_an_image_drawn_in_strokes_is_that_image() -> None:
    image = mnist.load("test").images[2]
    drawn = np.zeros(image.shape)
    for level, strokes in re.findall(r'opacity="([\d.]+)" d="([^"]*)"', cover._drawn("one", image)):
        for x, y, length in re.findall(r"M(\d+) (\d+)h(\d+)", strokes):
            assert not drawn[int(y), int(x) : int(x) + int(length)].any(), "no pixel is drawn twice"
            drawn[int(y), int(x) : int(x) + int(length)] = float(level)
    assert np.abs(drawn - image / 255).max() < 0.08
    edge = cover._FRAME
    assert not drawn[:edge].any()
    assert not drawn[-edge:].any()


def test_a_way_without_a_sentence_is_refused() -> None:
    run = Run(Recipe(), 1, {}, np.zeros(20), np.zeros(20))
    with pytest.raises(ValueError, match="no sentence for 'refit'"):
        cover.bench(run, {"untouched": "a", "zero": "b", "mean": "c"})


def test_a_layer_that_is_silent_has_dark_cells(monkeypatch: pytest.MonkeyPatch) -> None:
    axes, n_ways = ("way", "image", "neuron"), len(WAYS)
    silent = xr.Dataset(
        {
            "activation": (axes, np.zeros((n_ways, 1, 3), np.float32)),
            "probability": (("way", "image", "digit"), np.full((n_ways, 1, 10), 0.1)),
            "right": ("way", np.linspace(1, 0.25, n_ways)),
            "instead": ("way", [7] * n_ways),
        },
        {"way": list(WAYS), "image": [2], "digit": range(10)},
    )
    monkeypatch.setattr(lesions, "of_neuron0", lambda run: silent)
    html = cover.bench(Run(Recipe(), 1, {}, np.zeros(20), np.zeros(20)), dict.fromkeys(WAYS, "As {instead}s.")).text
    assert set(re.findall(r"--a\d:(\d+)", html)) == {"0"}
    assert set(re.findall(r"--p\d:(\d+)", html)) == {"10"}
    assert re.findall(r'mi-big( mi-harm)?"><b>([\d.]+%)', html) == [
        ("", "100.0%"), ("", "75.0%"), ("", "50.0%"), (" mi-harm", "25.0%")
    ]  # fmt: skip
    assert html.count("As 7s.") == n_ways
