"""Images and labels of a reader's own, and each refusal by name."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mnist_interp.own import examples

IMAGES, LABELS = np.random.default_rng(0).random((5, 6, 4)), np.array([0, 1, 2, 0, 1])


def test_mnist_unless_files_are_named() -> None:
    found = examples.read(None, None)
    assert found.is_mnist
    assert found.images.shape == (10_000, 784)
    assert found.pictures.shape == (10_000, 28, 28)


def test_images_of_any_size(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", IMAGES)
    np.save(tmp_path / "y.npy", LABELS.astype(np.uint8))
    found = examples.read(tmp_path / "x.npy", tmp_path / "y.npy")
    np.testing.assert_array_equal(found.labels, LABELS)
    np.testing.assert_array_equal(found.flat, IMAGES.astype(np.float32).reshape(5, 24))
    np.testing.assert_array_equal(found.pictures, IMAGES.astype(np.float32))


def test_rows_and_channels_as_pictures() -> None:
    rows = examples.checked(np.arange(14.0).reshape(2, 7), np.array([0, 1])).pictures
    np.testing.assert_array_equal(rows[1], [[7, 8, 9], [10, 11, 12], [13, 0, 0]])
    colored = examples.checked(np.stack([IMAGES, 3 * IMAGES], 1), LABELS).pictures
    np.testing.assert_allclose(colored, 2 * IMAGES, rtol=1e-6)


@pytest.mark.parametrize(
    ("images", "labels", "said"),
    [
        ((255 * IMAGES).astype(np.uint8), LABELS, "images are uint8"),
        (IMAGES, LABELS[:4], "labels have shape"),
        (IMAGES, LABELS - 1, "numbers of classes"),
        (IMAGES, LABELS / 2, "numbers of classes"),
        (np.where(IMAGES > 0.9, np.nan, IMAGES), LABELS, "images are not all finite"),
        (IMAGES[:, 0, 0], LABELS, "images have shape"),
        (IMAGES[:0], LABELS[:0], "images have shape"),
        (np.zeros((65_536, 1)), np.zeros(65_536, int), "65,536 images"),
    ],
)
def test_refusals(images: np.ndarray, labels: np.ndarray, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        examples.checked(images, labels)


def test_files_that_are_none(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", IMAGES)
    np.save(tmp_path / "objects.npy", np.array([{}], dtype=object), allow_pickle=True)
    for images, labels, said in (
        ("x.npy", None, "go together"),
        (None, "x.npy", "go together"),
        ("x.npy", "none.npy", "there is no file"),
        ("x.npy", "objects.npy", "not an array of numbers"),
    ):
        with pytest.raises(ValueError, match=said):
            examples.read(*(name and tmp_path / name for name in (images, labels)))


def test_files_that_are_damaged(tmp_path: Path) -> None:
    path = tmp_path / "x.npy"
    np.save(path, IMAGES)
    whole = path.read_bytes()
    for content in (b"", whole[:5], whole[:60], whole[:200], whole.replace(b"(5, 6, 4)", b"(9**9999,)")):
        path.write_bytes(content)
        with pytest.raises(ValueError, match=r"x\.npy is not an array of numbers"):
            examples.read(path, path)


def test_labels_out_of_range() -> None:
    found = examples.checked(IMAGES, LABELS)
    examples.check_classes(found, 3)
    with pytest.raises(ValueError, match="one is 2, and the network's classes are 0 to 1"):
        examples.check_classes(found, 2)
    with pytest.raises(ValueError, match="at most 100"):
        examples.check_classes(found, 101)
