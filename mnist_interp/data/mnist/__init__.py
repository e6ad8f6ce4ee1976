"""The digits: MNIST's four original files, carried inside the package and read by torchvision.

`torchvision.datasets.MNIST` finds the files in a folder of the cache, checks its own MD5 sums, and unpacks them
there; no server is asked, ever. The store keeps what was unpacked, so that a process which finds it there imports no
torchvision, as long a matter as torch itself. A split is kept in memory as one tensor (188 MB as float32 for training).

Yann LeCun, Corinna Cortes and Christopher J. C. Burges, "The MNIST database of handwritten digits", 1998,
CC BY-SA 3.0.
"""

from __future__ import annotations

import hashlib
import tempfile
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Literal, get_args

import numpy as np
import torch

from mnist_interp.runtime import store

Split = Literal["train", "test", "fit", "validation"]
FILES = Path(__file__).parent / "files"
N_VALIDATION = 5_000


@dataclass(frozen=True, eq=False)
class Digits:
    """Images of one split with their labels.

    Attributes
    ----------
    images : numpy.ndarray of uint8, shape (n_images, 28, 28)
        Bytes, 0 to 255, as in the files.
    labels : numpy.ndarray of int64, shape (n_images,)
        The digits, 0 to 9.
    """

    images: np.ndarray
    labels: np.ndarray

    @cached_property
    def pixels(self) -> torch.Tensor:
        """Flattened images, float32 of shape (n_images, 784) in [0, 1]."""
        return torch.from_numpy(self.images.reshape(len(self.images), -1)).float() / 255

    @cached_property
    def targets(self) -> torch.Tensor:
        """Labels as an int64 tensor of shape (n_images,)."""
        return torch.from_numpy(self.labels)

    def __len__(self) -> int:
        return len(self.labels)


def check_files(folder: Path = FILES) -> None:
    """Compare the four files in `folder` with torchvision's checksums.

    Raises
    ------
    ValueError
        If a file is missing or damaged; the message names it and says what to do.
    """
    from torchvision.datasets import MNIST
    from torchvision.datasets.utils import check_md5

    for name, md5 in MNIST.resources:
        path = folder / name
        if not path.exists():
            problem = "is missing"
        elif not check_md5(str(path), md5):
            found = hashlib.md5(path.read_bytes()).hexdigest()
            problem = f"is damaged: its MD5 is {found}, expected {md5}"
        else:
            continue
        raise ValueError(
            f"the MNIST file {path.name} {problem}. It belongs in {folder}. Restore it from the repository "
            f"(git checkout -- {path.name}, in that folder) or reinstall the package; nothing is downloaded."
        )


@store.cached
def _unpacked() -> store.Arrays:
    """Let torchvision check and unpack the files in a folder of the cache, and read them."""
    from torchvision.datasets import MNIST

    check_files()
    arrays = {}
    with tempfile.TemporaryDirectory(prefix="mnist-", dir=store.scratch()) as folder:
        raw = Path(folder) / "MNIST" / "raw"
        raw.mkdir(parents=True)
        for name, _ in MNIST.resources:
            (raw / name).write_bytes((FILES / name).read_bytes())
        for split in ("train", "test"):
            dataset = MNIST(folder, train=split == "train", download=True)
            arrays[f"{split} images"], arrays[f"{split} labels"] = dataset.data.numpy(), dataset.targets.numpy()
    return arrays


@cache
def _splits() -> dict[str, Digits]:
    arrays = _unpacked()
    splits = {split: Digits(arrays[f"{split} images"], arrays[f"{split} labels"]) for split in ("train", "test")}
    whole = splits["train"]
    cut = len(whole) - N_VALIDATION
    splits["fit"] = Digits(whole.images[:cut], whole.labels[:cut])
    splits["validation"] = Digits(whole.images[cut:], whole.labels[cut:])
    return splits


def load(split: Split) -> Digits:
    """Return one split of MNIST.

    Parameters
    ----------
    split : {"train", "test", "fit", "validation"}
        The 60,000 training images, the 10,000 test images, or the training images divided into the first 55,000
        to fit and the last 5,000 to choose settings on.

    Returns
    -------
    Digits
        The same object at every call: treat it as read-only.

    Raises
    ------
    ValueError
        If the split is unknown, or a data file is missing or damaged.
    """
    if split not in get_args(Split):
        raise ValueError(f"unknown split {split!r}: expected one of {', '.join(get_args(Split))}")
    return _splits()[split]


def sample(split: Split, per_class: int) -> np.ndarray:
    """Choose images evenly: for each digit `per_class` of its images, equally spaced in the order of the file.

    Parameters
    ----------
    split : {"train", "test", "fit", "validation"}
        Where from.
    per_class : int
        Images a digit.

    Returns
    -------
    numpy.ndarray of int64, shape (10 * per_class,)
        Positions in the split, ascending.

    Raises
    ------
    ValueError
        If a digit has fewer images.
    """
    labels = load(split).labels
    fewest = int(np.bincount(labels).min())
    if not 0 < per_class <= fewest:
        raise ValueError(f"cannot take {per_class} images a digit from {split!r}: expected 1 to {fewest}")
    places = [np.flatnonzero(labels == digit) for digit in range(10)]
    spread = [place[np.linspace(0, len(place) - 1, per_class).round().astype(int)] for place in places]
    return np.sort(np.concatenate(spread))
