"""How heads are laid out and counted, on made-up measurements."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from mnist_interp.chapters.architectures import attention_numbers, head_figures, head_frames
from mnist_interp.experiments import head_patching

HEADS = list(head_patching.HEADS)


def _costs() -> xr.Dataset:
    """Three networks whose most vital head is another one in each, and costs .3; rotated tens cost .1, .05, 0 ..."""
    lost = np.full((3, 8), 0.01)
    lost[[0, 1, 2], [6, 2, 7]] = 0.3
    turned = np.zeros((3, 2, 8))
    turned[:, 0, 5], turned[:, 1, 1], turned[:, 1, 2] = 0.1, 0.2, 0.04
    names = ("lost", "lost_optimal", "lost_zero", "lost_resample", "loss_mean", "loss_optimal", "variance")
    tables = {name: (("seed", "head"), lost if name == "lost" else lost / 2) for name in names}
    tables |= dict.fromkeys(("lost_principal", "lost_rotated_optimal"), (("seed", "head"), lost / 3))
    coords = {"seed": [1, 2, 3], "head": HEADS}
    return xr.Dataset({**tables, "lost_rotated": (("seed", "rotation", "head"), turned)}, coords)


def _alike() -> xr.Dataset:
    """Tens of the same networks, whose costliest is another one in each of two draws: .2 and .1, and .02 behind it."""
    lost = np.zeros((3, 2, 8))
    lost[:, 0, 1], lost[:, 1, 4], lost[:, :, 5] = 0.2, 0.1, 0.02
    return xr.Dataset({"lost": (("seed", "draw", "head"), lost)}, {"seed": [1, 2, 3]})


def _patches() -> xr.Dataset:
    """Two networks; heads of block 1 that change most are 1.2 and 1.0, and most of that goes the direct way."""
    changed = np.zeros((2, 8, 3))
    changed[0, 2], changed[1, 0], changed[:, 1] = [0.4, 0.3, 0.1], [0.6, 0.5, 0.0], [0.1, 0.05, 0.9]
    changed[:, 5] = 0.2
    whole = np.broadcast_to([[0.7, 0.6, 0.1], [0.5, 0.5, 0.5], [1, 1, 1]], (2, 3, 3))
    single = {"best_head": [0.4, 0.6], "best_unit": [0.1, 0.1], "everywhere": [0.8, 0.9], "which": [2, 5]}
    coords = {"seed": [1, 2], "head": HEADS, "heads": list(head_patching.WHOLE), "path": list(head_patching.PATHS)}
    tables = {"changed": (("seed", "head", "path"), changed), "whole": (("seed", "heads", "path"), whole)}
    return xr.Dataset(tables | {name: ("seed", values) for name, values in single.items()}, coords)


def test_parts_are_put_in_order_in_each_network_before_the_mean_is_taken() -> None:
    frame = head_frames.by_place(_costs(), _alike()).set_index(["part", "place"])["mean"]
    assert frame["heads", 1] == pytest.approx(0.3)
    assert frame["heads", 2] == pytest.approx(0.01)
    assert frame["rotated tens", 1] == pytest.approx(0.15)
    assert frame["rotated tens", 2] == pytest.approx(0.02)
    assert frame["tens of equal variance", 1] == pytest.approx(0.15)
    assert frame["tens of equal variance", 2] == pytest.approx(0.02)
    figure = head_figures.heads(
        head_frames.single_heads(_costs()),
        head_frames.by_place(_costs(), _alike()),
        caption="Some.",
        description="Some.",
    )
    assert "tens of equal variance" in figure.html


def test_numbers_of_heads_are_in_points_and_the_gap_is_between_the_most_vital() -> None:
    numbers = attention_numbers.heads(_costs(), _alike())
    assert numbers["most_mean"] == pytest.approx(30)
    assert numbers["most_rotated"] == pytest.approx(15)
    assert numbers["most_matched"] == pytest.approx(15)
    assert numbers["head_gap"] == pytest.approx(15)
    assert numbers["matched_gap_low"] == pytest.approx(15)
    assert numbers["head_gap_principal"] == pytest.approx(20)
    assert numbers["head_gap_best"] == pytest.approx(5)
    assert numbers["most_in_block_1"] == 1
    assert numbers["loss_mean"] == pytest.approx(0.15)


def test_looks_are_told_apart_by_block_and_by_reader() -> None:
    accuracy = np.broadcast_to([[0.7, 0.9], [0.6, 0.97]], (2, 2, 2))
    found = xr.Dataset(
        {"accuracy": (("seed", "block", "readers"), accuracy), "whole": ("seed", [0.97, 0.97])},
        {"block": [1, 2], "readers": ["class token", "patches"]},
    )
    numbers = attention_numbers.worth(found)
    assert (numbers["look_1"], numbers["look_2"], numbers["look_patches"]) == pytest.approx((0.7, 0.6, 0.9))


def test_paths_follow_the_head_that_changes_most_and_no_other() -> None:
    frame = head_frames.paths(_patches()).set_index("patched")["mean"]
    assert frame["block 1, its best head"] == pytest.approx(0.5)
    assert frame["... through block 2"] == pytest.approx(0.1)
    numbers = attention_numbers.paths(_patches())
    assert (numbers["best_in_block_1"], numbers["all_eight"]) == (1, 1)
    assert numbers["head_over_unit"] == pytest.approx(0.4)
