"""The nearest change that makes a network read another digit, as a figure shows it: sentences, labels, images.

All take what `nearest_digits.measured` found of the images.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import torch
import xarray as xr

from mnist_interp.data import mnist
from mnist_interp.experiments import nearest_digits
from mnist_interp.methods import activations
from mnist_interp.training.runs import Run


def sentences(found: xr.Dataset) -> pd.DataFrame:
    """Return ``image`` and ``text``: the network's answer, the nearest other answer, and how far away it is."""
    rows = []
    for image in found["image"].to_numpy().tolist():
        one = found.sel(image=image)
        noise = float(one["noise"])
        random = f"changes the answer after {noise:.1f}" if np.isfinite(noise) else "never changes the answer"
        text = (
            f"Read as **{int(one['read'])}**. {_nearest(int(one['to']), float(one['distance']))} A random direction "
            f"{random} (median). The nearest test image of another digit is {float(one['other_image']):.1f} away."
        )
        rows.append({"image": image, "text": text})
    return pd.DataFrame(rows)


def _nearest(digit: int, distance: float) -> str:
    return (
        f"Nearest other answer: **{digit}**, {distance:.2f} away."
        if digit >= 0
        else "No other answer was found nearby."
    )


def lengths(found: xr.Dataset) -> pd.DataFrame:
    """Return ``image`` and ``label`` of each change: where it leads."""
    labels = [f"toward {digit}" if digit >= 0 else "no change found" for digit in found["to"].to_numpy().tolist()]
    return pd.DataFrame({"image": found["image"], "label": labels})


def pictures(found: xr.Dataset, run: Run) -> tuple[np.ndarray, pd.DataFrame]:
    """Return changed images, then images with noise as large, (2 n_images, 28, 28), with ``image`` and ``label``.

    The label is what the network reads; changes are a thousandth longer than measured, so that they are beyond.
    """
    images, change = found["image"].to_numpy(), found["change"].to_numpy()
    pixels = mnist.load("test").pixels[images.tolist()]
    changed = (pixels + torch.from_numpy(1.001 * change)).clamp(0, 1)
    both = torch.cat([changed, nearest_digits.noisy(pixels, np.linalg.norm(change, axis=1))])
    read = activations.logits(run.model(), both).argmax(1).tolist()
    kinds = ["changed"] * len(images) + ["noise"] * len(images)
    labels = [f"{kind}: {digit}" for kind, digit in zip(kinds, read, strict=True)]
    return both.reshape(-1, 28, 28).numpy(), pd.DataFrame({"image": np.tile(images, 2), "label": labels})
