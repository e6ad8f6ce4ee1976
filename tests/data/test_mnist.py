"""The digits: against the files read by hand, torchvision's checksums and figures that everyone quotes."""

from __future__ import annotations

import gzip
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from torchvision.datasets import MNIST

from mnist_interp.data import mnist
from mnist_interp.runtime import store

NAMES = [name for name, _ in MNIST.resources]


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    return Path(shutil.copytree(mnist.FILES, tmp_path / "files"))


@pytest.fixture
def afresh(monkeypatch: pytest.MonkeyPatch, own_cache: Path) -> None:
    """Read the files anew, with any socket an error."""

    def refuse(*args: object, **kwargs: object) -> None:
        raise AssertionError("asked the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(mnist, "_splits", mnist._splits.__wrapped__)


@pytest.mark.parametrize(("split", "prefix"), [("train", "train"), ("test", "t10k")])
def test_equals_the_files_read_by_hand(split: mnist.Split, prefix: str) -> None:
    images = gzip.decompress((mnist.FILES / f"{prefix}-images-idx3-ubyte.gz").read_bytes())
    labels = gzip.decompress((mnist.FILES / f"{prefix}-labels-idx1-ubyte.gz").read_bytes())
    digits = mnist.load(split)
    np.testing.assert_array_equal(digits.images, np.frombuffer(images, np.uint8, offset=16).reshape(-1, 28, 28))
    np.testing.assert_array_equal(digits.labels, np.frombuffer(labels, np.uint8, offset=8))
    assert digits.labels.dtype == np.int64
    assert len(digits) == int.from_bytes(images[4:8], "big")


def test_pixels_have_the_mean_and_deviation_that_everyone_standardizes_by() -> None:
    pixels = mnist.load("train").pixels.double()
    assert (float(pixels.min()), float(pixels.max())) == (0, 1)
    assert float(pixels.mean()) == pytest.approx(0.1307, abs=5e-5)
    assert float(pixels.std()) == pytest.approx(0.3081, abs=5e-5)


def test_pixels_and_targets_are_those_of_torchvisions_own_transform() -> None:
    digits = mnist.load("test")
    picture = digits.images[7].astype(np.float32).ravel() / np.float32(255)
    np.testing.assert_array_equal(digits.pixels[7].numpy(), picture)
    assert digits.pixels.dtype == torch.float32
    assert digits.targets.dtype == torch.int64


def test_fit_and_validation_partition_the_training_images() -> None:
    train, fit, validation = (mnist.load(split) for split in ("train", "fit", "validation"))
    assert (len(fit), len(validation)) == (55_000, 5_000)
    np.testing.assert_array_equal(np.concatenate([fit.images, validation.images]), train.images)
    np.testing.assert_array_equal(np.concatenate([fit.labels, validation.labels]), train.labels)


def test_unknown_split_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match=r"'valid': expected one of train, test, fit, validation"):
        mnist.load("valid")  # type: ignore[arg-type]


@pytest.mark.usefixtures("afresh")
def test_no_server_is_asked_and_what_was_unpacked_is_read_from_the_store(
    own_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = mnist.load("test")
    assert [path.parent.name for path in own_cache.rglob("*") if path.is_file()] == ["analyses"]
    monkeypatch.setattr(mnist, "check_files", None)  # that is, it is not called
    again = mnist.load("test")
    np.testing.assert_array_equal(again.images, first.images)
    np.testing.assert_array_equal(again.labels, first.labels)


def test_once_they_are_unpacked_a_page_loads_them_without_torchvision() -> None:
    mnist.load("test")
    code = (
        "import sys; from mnist_interp import charts, claims; from mnist_interp.data import mnist; mnist.load('test'); "
        "sys.exit('torchvision' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.usefixtures("afresh")
def test_loads_where_the_cache_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("MNIST_INTERP_CACHE", str(tmp_path / "file" / "cache"))
    with pytest.warns(store.StoreWarning):
        assert len(mnist.load("train")) == 60_000


@pytest.mark.parametrize("name", NAMES)
def test_one_flipped_bit_is_found_in_every_file(copied: Path, name: str) -> None:
    mnist.check_files(copied)
    content = bytearray((copied / name).read_bytes())
    content[len(content) // 2] ^= 1
    (copied / name).write_bytes(content)
    with pytest.raises(ValueError, match=rf"{name} is damaged: its MD5 is .* expected .*git checkout -- {name}"):
        mnist.check_files(copied)


@pytest.mark.parametrize("name", NAMES)
def test_a_missing_file_is_named(copied: Path, name: str) -> None:
    (copied / name).unlink()
    with pytest.raises(ValueError, match=rf"{name} is missing. It belongs in .*git checkout -- {name}.*downloaded"):
        mnist.check_files(copied)


@pytest.mark.usefixtures("afresh")
def test_loading_checks_the_files_first(copied: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (copied / NAMES[0]).unlink()
    monkeypatch.setattr(mnist.check_files, "__defaults__", (copied,))
    with pytest.raises(ValueError, match="is missing"):
        mnist.load("train")


def test_sample_is_even_over_digits_and_spans_the_file() -> None:
    digits = mnist.load("test")
    places = mnist.sample("test", 200)
    assert (np.diff(places) > 0).all()
    np.testing.assert_array_equal(np.bincount(digits.labels[places]), np.full(10, 200))
    for digit in range(10):
        everything = np.flatnonzero(digits.labels == digit)
        chosen = places[digits.labels[places] == digit]
        assert (chosen[0], chosen[-1]) == (everything[0], everything[-1])


@pytest.mark.parametrize("per_class", [0, 893])
def test_sample_refuses_more_than_there_are(per_class: int) -> None:
    with pytest.raises(ValueError, match=f"take {per_class} images a digit from 'test': expected 1 to 892"):
        mnist.sample("test", per_class)
