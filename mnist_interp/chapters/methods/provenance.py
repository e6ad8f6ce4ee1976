"""Which seeds are for what, which versions this build stands on, and how far other processors may be off: tables."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from mnist_interp.chapters import text_tables
from mnist_interp.chapters.replication.rows import IMAGES
from mnist_interp.claims.cards import Html
from mnist_interp.claims.claim import declared
from mnist_interp.data import benchmarks
from mnist_interp.experiments import coverage
from mnist_interp.runtime import code_digest
from mnist_interp.training import registry

Numbers = dict[str, Any]
FIRST = "0-23"  # of the first edition; its convolutional networks were 0-11


def seeds() -> Html:
    """Show which seeds are for what, as declared with this edition."""
    said = declared()["seeds"]
    uses = {
        FIRST: "The first edition. We looked at these while making its claims.",
        said["all"]: "The second edition.",
        said["twelve"]: "The same, for kinds of networks with twelve seeds.",
        said["later"]: "Claims added to this edition later.",
        said["pilots"]: "Pilots, used only to debug the measures of effects and to tune settings.",
        str(registry.PROTAGONIST): "The published run, the protagonist. It belongs to no population.",
    }
    return text_tables.of_text(
        "Seeds", [{"Seeds": name.replace("-", "–"), "What they are for": use} for name, use in uses.items()]
    )


def versions() -> pd.DataFrame:
    """Return the versions that enter the key of every result and page."""
    found = code_digest.versions() | code_digest.drawing_versions()
    return pd.DataFrame({"version": list(found.values())}, index=pd.Index(list(found), name="of"))


CLOSE, LATE = 2e-5, 0.02  # of a layer's largest weight, as tests/training/test_loop.py holds them
TOLERANCES = {
    "Perceptrons under plain SGD": (
        "the same bits: sums are added in the same order on every processor",
        "tests/training/test_learners.py",
    ),
    "Other networks, first steps": (f"weights to {CLOSE:.5f} of a layer’s largest", "tests/training/test_loop.py"),
    "Perceptrons under Adam, at the end": (f"weights to {LATE:g} of a layer’s largest", "tests/training/test_loop.py"),
    "CNN and transformer, at the end": (
        "no bound: one flipped ReLU or maximum sends them apart",
        "tests/training/test_loop.py",
    ),
    "The published run": (
        f"accuracy to {IMAGES} test images, and the same neurons in the same order",
        "tests/training/test_replication.py",
    ),
    "Verdicts": (
        "the same, unless the p-value over the book is within a factor of three of the level",
        "tests/claims/test_kept_verdicts.py",
    ),
}


def tolerances() -> Html:
    """Show what is the same on another processor, how closely, and the test that enforces it."""
    columns = ("What", "On another processor", "Test")
    rows = [(what, f"{how[0].upper()}{how[1:]}.", by) for what, (how, by) in TOLERANCES.items()]
    return text_tables.of_text("Tolerances", [dict(zip(columns, row, strict=True)) for row in rows])


def ratios() -> pd.DataFrame:
    """Return the stored table of benchmarks: how many times as long the plain way takes."""
    rows = benchmarks.kept()["rows"]
    index = pd.Index([row["what"] for row in rows], name="fast way, and its plain way")
    columns = {"ratio": "plain / ours", "plain": "plain, s", "ours": "ours, s"}
    return pd.DataFrame({title: [f"{row[key]:.3g}" for row in rows] for key, title in columns.items()}, index=index)


def measured() -> Numbers:
    """Return when and where the benchmarks were run, as they were kept."""
    found = benchmarks.kept()
    return {f"bench_{key}": found[key] for key in ("date", "machine", "rounds")}


def intervals() -> Numbers:
    """Return how often the first edition's interval covers the mean, and how often this edition's does, in percent."""
    found = 100 * coverage.simulated()["coverage"].sel(size=12)
    bca = found.sel(interval="BCa bootstrap")
    return {
        "bca_12": bca.mean().item(),
        "bca_worst": bca.min().item(),
        "hall_12": found.sel(interval="Hall's t").mean().item(),
        "n_shapes": len(coverage.SHAPES),
        "draws": coverage.DRAWS,
    }


def counts(judged: dict[str, int]) -> Numbers:
    """Return how many claims are judged, from `claims.count`."""
    return {"n_claims": int(np.sum(list(judged.values())))}
