"""How long the book will take: sums by hand, and what more or faster processors change."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest
import torch

from mnist_interp.commands import forecast, rate
from mnist_interp.commands.forecast import Forecast
from mnist_interp.runtime import preview
from mnist_interp.training import costs, registry
from mnist_interp.training.recipe import Recipe

PLAIN, NORMALIZED = Recipe(), registry.normalized(("none", "layer-after"))
CNN = Recipe(model="cnn", epochs=3)
LACKING = ((PLAIN, (0, 1, 2, 3)), (CNN, (0,)), (CNN, (1,)))
HERE = Forecast(LACKING, wanted=9, processors=2, rate=costs.RATE)


def test_a_run_takes_what_the_table_says_in_proportion_to_epochs_and_images() -> None:
    epoch = costs.EPOCH
    assert costs.seconds(PLAIN) == pytest.approx(20 * epoch["perceptron"])
    assert costs.seconds(replace(PLAIN, options=(("norms", ("none", "none")), ("dropout", (0.0, 0.0))))) == (
        costs.seconds(PLAIN)
    )
    for other in (replace(PLAIN, options=(("dropout", (0.2, 0.0)),)), replace(NORMALIZED, epochs=20)):
        assert costs.seconds(other) == pytest.approx(20 * epoch["normalized perceptron"])
    batch = registry.normalized(("batch-before", "none"))
    for other in (replace(PLAIN, optimizer="adam"), replace(batch, epochs=20)):
        assert costs.seconds(other) == pytest.approx(20 * epoch["perceptron by autograd"])
    assert costs.seconds(CNN) == pytest.approx(3 * epoch["cnn"])
    assert costs.seconds(replace(CNN, epochs=1, images="validation")) == pytest.approx(epoch["cnn"] / 12)
    assert costs.seconds(replace(CNN, model="transformer")) == pytest.approx(3 * epoch["transformer"])
    with pytest.raises(ValueError, match=r"no cost is known of a 'rnn', of 'mlp', 'cnn', 'transformer' only"):
        costs.seconds(replace(PLAIN, model="rnn"))


def test_training_is_shared_among_processors_and_faster_on_faster_ones() -> None:
    total = 4 * costs.seconds(PLAIN) + 2 * costs.seconds(CNN)
    assert HERE.training == pytest.approx(total / 2)
    assert replace(HERE, rate=costs.RATE / 3).training == pytest.approx(3 * HERE.training)
    assert replace(HERE, lacking=()).training == 0
    longest = max(4 * costs.seconds(PLAIN), costs.seconds(CNN))
    assert replace(HERE, processors=64).training == pytest.approx(longest)


def test_what_is_said_counts_networks_and_the_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preview, "enabled", lambda: False)
    monkeypatch.setattr(forecast, "PAGES", 2 * 60 * 30.0)
    monkeypatch.setattr(forecast, "WHOLE_PREVIEW", 2 * 60 * 5.0)
    begins = "2 processors of 120 GFLOP/s (float32, one thread); 6 of 9 networks have to be trained"
    assert HERE.without_pages() == f"{begins}: less than a minute"
    assert HERE.with_pages() == (
        f"{begins}, then the pages run: about 30 minutes; `make preview` shows every page in about 5 minutes"
    )
    assert (
        "every network is already trained: about 30 minutes if all pages run" in replace(HERE, lacking=()).with_pages()
    )
    monkeypatch.setattr(preview, "enabled", lambda: True)
    assert "preview" not in HERE.with_pages()


def test_a_rate_is_the_operations_of_a_product_over_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch, "mm", lambda left, right: time.sleep(0.05))
    monkeypatch.setattr(rate, "SECONDS", 0.5)
    threads = torch.get_num_threads()
    assert rate.processor_rate() == pytest.approx(2 * 1024**3 / 0.05 / 1e9, rel=0.3)
    assert torch.get_num_threads() == threads
