"""How attention is laid out and counted, on made-up measurements and networks of random weights."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from mnist_interp.chapters.architectures import attention_figures, attention_frames, attention_numbers
from mnist_interp.data import mnist
from mnist_interp.experiments import attention_patterns, head_patching, rollout
from mnist_interp.training.runs import Population
from tests.experiments import little

HEADS = list(head_patching.HEADS)
TEXT = {"caption": "Some.", "description": "Some."}


@pytest.fixture(name="networks")
def _networks(monkeypatch: pytest.MonkeyPatch) -> Population:
    little.images(monkeypatch)
    monkeypatch.setattr(attention_patterns, "PER_CLASS", 4)
    return little.population(1, 7, model="transformer", options=())


def test_rolled_ranks_are_within_an_image_and_the_sentence_says_its_correlation(networks: Population) -> None:
    images = attention_frames.shown()
    labels = mnist.load("test").labels
    assert labels[images].tolist() == list(range(10))
    patches, said = attention_frames.rolled(networks[0], images)
    one = patches[patches["image"] == images[4]]
    assert sorted(one["drop_rank"]) == list(range(1, 17))
    assert one["token"].tolist() == list(range(1, 17))
    expected = one["drop"].rank().corr(one["rollout"].rank())
    assert f"**{attention_frames.signed(expected)}** for rollout" in said["text"][4]
    assert said["text"][4].startswith("This 4, classified as ")
    assert attention_frames.signed(-0.123) == "−0.12"


def test_readings_hold_every_share_in_percent_and_the_figure_every_reading(networks: Population) -> None:
    images = attention_frames.shown()[:3]
    found = attention_patterns.of_images(networks, images, 4)["share"]
    frame = attention_frames.readings(networks, images, 4)
    assert len(frame) == 3 * 4 * 8 * 17
    row = frame[(frame["image"] == images[1]) & (frame["row"] == 1) & (frame["column"] == 2) & (frame["token"] == 5)]
    expected = 100 * found.sel(image=images[1], head="2.2", reader=5)
    np.testing.assert_array_equal(row[[str(token) for token in range(17)]], expected.round())
    figure = attention_figures.who_reads(
        attention_frames.tokens(), frame, attention_frames.outlines(images), per_epoch=5, initial=1, **TEXT
    )
    assert max(len(payload.rows) for payload in figure.payloads.values()) == len(frame)


def test_the_class_tokens_looks_are_means_over_the_heads_of_a_block(networks: Population) -> None:
    found = attention_patterns.of_class_token(networks)
    frame = attention_frames.looks(networks)
    last = frame[(frame["block"] == "block 2") & (frame["epoch"] == frame["epoch"].max())]
    expected = found["looked_at"].isel(step=-1).sel(head=HEADS[4:]).mean()
    assert last["mean"].item() == pytest.approx(float(expected))
    numbers = attention_numbers.looks(found)
    assert numbers["looked_2_after"] == pytest.approx(float(expected))
    assert 0 < numbers["by_digit_1"] < 1


def test_rollouts_lead_over_ink_is_taken_within_networks() -> None:
    names = ["correlation", *rollout.MAPS[1:], "other_network", "beyond_ink", "blank", "ink_blank", "ink_of_rollout"]
    names += ["average", "size", "ink_size", "helps"]
    found = xr.Dataset({name: ("seed", [0.3, 0.5]) for name in names}, {"seed": [1, 2]})
    found["ink"] = ("seed", [0.2, 0.4])
    numbers = attention_numbers.rolled(found)
    assert numbers["over_ink"] == pytest.approx(0.1)
    assert numbers["over_ink_low"] == pytest.approx(numbers["over_ink_high"])
    assert isinstance(attention_frames.controls(found), pd.DataFrame)
