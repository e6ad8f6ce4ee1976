"""What the prose on attention glues: a function a figure, each a mapping from keys to numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr

from mnist_interp.chapters.architectures.attention_frames import TITLES, by_block
from mnist_interp.chapters.architectures.head_frames import REFERENCES
from mnist_interp.experiments import head_ablation, head_patching, rollout
from mnist_interp.methods.statistics import interval

Numbers = dict[str, Any]


def _with_interval(name: str, values: np.ndarray, *, scale: float = 1.0) -> Numbers:
    low, high = interval(scale * values)
    return {name: scale * values.mean(), f"{name}_low": low, f"{name}_high": high}


def looks(found: xr.Dataset) -> Numbers:
    """Return how the class token looks, from `attention_patterns.of_class_token`: before training and at the end."""
    ends = {"before": found.isel(step=0), "after": found.isel(step=-1)}
    numbers: Numbers = {"ink_even": float(found["inked"]) / found.sizes["token"]}
    for when, one in ends.items():
        looked, ink = by_block(one["looked_at"]).mean("seed"), by_block(one["on_ink"]).mean("seed")
        numbers |= {f"looked_{block}_{when}": float(looked.sel(block=block)) for block in ("1", "2")}
        numbers |= {f"on_ink_{block}_{when}": float(ink.sel(block=block)) for block in ("1", "2")}
    share = ends["after"]["share"]
    among = by_block(abs(share - share.mean("digit")).sum("token") / 2).mean(("digit", "seed"))
    return numbers | {f"by_digit_{block}": float(among.sel(block=block)) for block in ("1", "2")}


def rolled(found: xr.Dataset) -> Numbers:
    """Return rank correlations with deletion, from `rollout.measured`, and what rollout has over ink."""
    names = {"rollout": "correlation", **{name: name for name in TITLES if name != "correlation"}}
    others = ("beyond_ink", "blank", "ink_blank", "ink_of_rollout", "size", "ink_size", "helps")
    values = {key: found[name].to_numpy() for key, name in {**names, **{name: name for name in others}}.items()}
    over = {
        "over_ink": values["rollout"] - values["ink"],
        "over_untrained": values["rollout"] - values["rollout_untrained"],
        "over_other": values["rollout"] - values["other_network"],
    }
    numbers: Numbers = {key: value.mean() for key, value in values.items() if key not in ("rollout", "beyond_ink")}
    for key in ("rollout", "beyond_ink"):
        numbers |= _with_interval(key, values[key])
    for key, value in over.items():
        numbers |= _with_interval(key, value)
    return numbers | {"rollout_images": 10 * rollout.PER_CLASS}


def heads(found: xr.Dataset, matched: xr.Dataset) -> Numbers:
    """Return what the most vital head costs and what other tens do, in points.

    Parameters
    ----------
    found, matched : xarray.Dataset
        As `head_ablation.measured` and `matched_tens.measured` return them.
    """
    most = {f"most_{title.split()[0]}": found[name].max("head").to_numpy() for name, title in REFERENCES.items()}
    rotated = found["lost_rotated"].max("head").mean("rotation").to_numpy()
    alike = matched["lost"].max("head").mean("draw").to_numpy()
    rotated_best = found["lost_rotated_optimal"].max("head").to_numpy()
    principal = found["lost_principal"].max("head").to_numpy()
    which = found["lost"].argmax("head")
    loss = {name: found[name].isel(head=which).mean() for name in ("loss_mean", "loss_optimal")}
    block = found["head"].to_numpy()[which.to_numpy()]
    return {
        **{key: 100 * values.mean() for key, values in most.items()},
        "most_rotated": 100 * rotated.mean(),
        **_with_interval("head_gap", most["most_mean"] - rotated, scale=100),
        "most_matched": 100 * alike.mean(),
        **_with_interval("matched_gap", most["most_mean"] - alike, scale=100),
        "most_rotated_best": 100 * rotated_best.mean(),
        "most_principal": 100 * principal.mean(),
        **_with_interval("head_gap_best", most["most_best"] - rotated_best, scale=100),
        **_with_interval("head_gap_principal", most["most_mean"] - principal, scale=100),
        "most_variance": float(found["variance"].isel(head=which).mean()),
        "typical_head": 100 * float(found["lost"].median("head").mean()),
        "typical_rotated": 100 * float(found["lost_rotated"].median("head").mean()),
        "most_in_block_1": int(sum(head.startswith("1") for head in block)),
        **{key: float(value) for key, value in loss.items()},
        "head_rotations": found.sizes["rotation"],
        "head_steps": head_ablation.STEPS,
    }


def paths(found: xr.Dataset) -> Numbers:
    """Return shares of pairs whose answer becomes the source's, from `head_patching.measured`."""
    whole = found["whole"].mean("seed")
    return {
        **_with_interval("best_head", found["best_head"].to_numpy()),
        "best_unit": float(found["best_unit"].mean()),
        "head_over_unit": float((found["best_head"] - found["best_unit"]).mean()),
        "best_in_block_1": int((found["which"] < head_patching.N_HEADS).sum()),
        "all_one": float(whole.sel(heads="block 1", path="all")),
        "all_one_direct": float(whole.sel(heads="block 1", path="direct")),
        "all_one_through": float(whole.sel(heads="block 1", path="through block 2")),
        "all_two": float(whole.sel(heads="block 2", path="all")),
        "everywhere": float(found["everywhere"].mean()),
        "all_eight": float(whole.sel(heads="all heads", path="all")),
        "path_pairs": head_patching.PAIRS,
    }


def worth(found: xr.Dataset) -> Numbers:
    """Return how accurate transformers are without the class token's look in each block, ``look_1`` and ``look_2``.

    From `class_token_looks.measured`; ``look_patches`` is without what the first block brings the patches.
    """
    left = found["accuracy"].mean("seed")
    own = left.sel(readers="class token")
    return {
        **{f"look_{block}": float(own.sel(block=block)) for block in (1, 2)},
        "look_patches": float(left.sel(block=1, readers="patches")),
        "look_whole": float(found["whole"].mean()),
    }
