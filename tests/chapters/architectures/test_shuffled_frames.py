"""Frames, numbers and figures of shuffled images, on datasets made by hand."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
import xarray as xr

from mnist_interp.chapters.architectures import shuffled_figures, shuffled_frames, shuffled_numbers
from mnist_interp.chapters.architectures.shuffled_frames import IN_PLACE, PATCHES, PIXELS
from mnist_interp.data import mnist
from mnist_interp.experiments import blindness, shuffled_digits, swapped_patches
from mnist_interp.training import models

NETWORKS = ("MLP", "CNN", "transformer")


@pytest.fixture
def networks(monkeypatch: pytest.MonkeyPatch) -> dict[str, dict[str, SimpleNamespace]]:
    def made(*accuracies: float) -> SimpleNamespace:
        return SimpleNamespace(seeds=list(range(len(accuracies))), accuracies=np.array(accuracies))

    monkeypatch.setattr(
        shuffled_frames.performance,
        "accuracy",
        lambda one: xr.Dataset({"accuracy": ("seed", one.accuracies)}, {"seed": one.seeds}),
    )
    monkeypatch.setattr(
        shuffled_frames.swapped_patches,
        "summary",
        lambda one: xr.Dataset(
            {"accuracy": (("seed", "moved"), one.accuracies[:, None] - np.array(swapped_patches.MOVED) / 100)},
            {"seed": one.seeds, "moved": list(swapped_patches.MOVED)},
        ),
    )
    return {
        "MLP": {IN_PLACE: made(0.94, 0.95, 0.96), PIXELS: made(0.94, 0.95, 0.96)},
        "CNN": {IN_PLACE: made(0.97, 0.98, 0.99), PATCHES: made(0.96, 0.96), PIXELS: made(0.90, 0.91, 0.95)},
        "transformer": {IN_PLACE: made(0.96, 0.97, 0.98), PIXELS: made(0.95, 0.95, 0.96)},
    }


def _blind() -> xr.Dataset:
    known = np.array([[1, 1, 1, 1, 1, 1], [1, 0, 0, 0, 0, 0], [1, 1, 1, 1, 0, 0]], bool)
    axes = ("network", "arrangement")
    logits = np.where(known, 1e-13, np.arange(18).reshape(3, 6) + 1)
    logits[0, 0] = 4e-12
    return xr.Dataset(
        {
            "logits": (axes, logits),
            "answers": (axes, np.where(known, 0, logits / 100)),
            "weights": (axes, np.where(known, 1e-12, np.nan)),
        },
        {"network": list(NETWORKS), "arrangement": list(blindness.arrangements())},
    )


def _said() -> xr.Dataset:
    """Make networks that are right in place, wrong by one on what is shuffled, unless renamed or trained alike."""
    axes = ("network", "training", "arrangement", "label", "kind", "digit")
    read = np.broadcast_to(np.arange(10)[:, None], (3, 2, 3, 10, 2)).copy()
    read[:, 0, 1:] = (read[:, 0, 1:] + 1) % 10
    read[1, 1, 2, :4] = 9
    probability = np.full((*read.shape, 10), 0.02)
    np.put_along_axis(probability, read[..., None], 0.82, axis=-1)
    return xr.Dataset(
        {
            "probability": (axes, probability),
            "same": (("network", "arrangement"), [[True, True, True], [True, False, False], [True, True, False]]),
            "image": (("label", "kind"), np.arange(20).reshape(10, 2)),
        },
        {
            "network": list(NETWORKS),
            "training": list(shuffled_digits.TRAINING),
            "arrangement": list(shuffled_digits.ARRANGEMENTS),
            "label": range(10),
            "kind": list(shuffled_digits.KINDS),
            "digit": range(10),
        },
    )


def test_the_table_has_a_row_for_each_arrangement_and_says_which_runs_are_the_same() -> None:
    found = shuffled_frames.table(_blind())
    assert list(found) == list(NETWORKS)
    assert list(shuffled_frames.PERMUTED) == list(blindness.arrangements())
    assert found.loc["left and right", "MLP"] == "the same run, to 4e-12"
    assert found.loc["patches", "CNN"] == "another run, 8.0 apart"
    assert found.loc["all pixels", "transformer"] == "another run, 18.0 apart"
    assert found.map(lambda text: text.startswith("the same")).sum().to_list() == [6, 1, 4]


def test_numbers_of_blindness_keep_the_two_kinds_apart() -> None:
    found = shuffled_numbers.blind(_blind())
    assert found["renamed"] == 4e-12
    assert (found["not_renamed"], found["not_renamed_answers"]) == (8, 0.08)
    assert (found["n_renamed"], found["n_not_renamed"]) == (11, 7)


def test_a_renaming_that_differs_would_show() -> None:
    wrong = _blind()
    wrong["logits"].loc["CNN", "mirror"] = 0.5
    assert shuffled_numbers.blind(wrong)["renamed"] == 0.5


def test_arms_name_what_was_not_trained(networks: dict) -> None:
    found = shuffled_frames.arms(networks).set_index(["network", "shuffled"])
    assert len(found) == 9
    assert found.index[~found["trained"]].tolist() == [("MLP", PATCHES), ("transformer", PATCHES)]
    assert found.loc[("transformer", PATCHES), "arm"] == "transformer, patches (same runs)"
    assert found.loc[("transformer", PATCHES), "mean"] == found.loc[("transformer", IN_PLACE), "mean"]
    assert found.loc[("CNN", PATCHES), "mean"] == pytest.approx(0.96)


def test_costs_are_of_networks_of_the_same_seeds(networks: dict) -> None:
    found = shuffled_numbers.arms(networks)
    assert found["cost_mlp_pixels"] == 0
    assert found["cost_cnn_patches"] == pytest.approx(1.5)  # of the first two seeds alone
    assert found["cost_cnn_pixels"] == pytest.approx(6)
    assert found["cost_transformer_pixels"] == pytest.approx(100 * (0.97 - 2.86 / 3))
    assert found["cost_cnn_pixels_low"] < found["cost_cnn_pixels"] < found["cost_cnn_pixels_high"]
    assert "cost_mlp_patches" not in found
    assert found["whole_cnn"] == pytest.approx(0.98)


def test_accuracies_with_patches_moved(networks: dict) -> None:
    frame = shuffled_frames.swapped(networks)
    assert frame["network"].drop_duplicates().tolist() == ["CNN", "MLP", "transformer"]
    found = shuffled_numbers.swapped(frame)
    assert found["swapped_cnn_4"] == pytest.approx(0.94)
    assert found["swapped_mlp_0"] == pytest.approx(0.95)
    assert found["swapped_transformer_16"] == pytest.approx(0.81)


def test_digits_that_are_read_correctly_are_counted() -> None:
    found = shuffled_numbers.digits(_said())
    assert found["n_shown"] == 20
    assert found["right_cnn_in_place"] == found["right_cnn_patches_alike"] == found["right_mlp_pixels_alike"] == 20
    assert found["right_cnn_patches"] == found["right_transformer_pixels"] == 0
    assert found["right_cnn_pixels_alike"] == 12


def test_pictures_are_what_the_networks_see() -> None:
    arrays, frame = shuffled_frames.pictures(_said())
    assert len(arrays) == len(frame) == 60
    row = frame.index[(frame["label"] == 3) & (frame["kind"] == "hard") & (frame["arrangement"] == PATCHES)]
    image = mnist.load("test").pixels[7]
    np.testing.assert_array_equal(arrays[row[0]].ravel(), image[models.Shuffle(7).order])
    assert frame["shown"][row[0]] == "a 3, patches shuffled"
    alone, of_it = shuffled_frames.pictures(_said(), IN_PLACE)
    np.testing.assert_array_equal(alone[7].ravel(), image)
    assert set(of_it["arrangement"]) == {IN_PLACE}


def test_rows_and_sentences_say_what_was_read() -> None:
    found = _said()
    rows = shuffled_frames.said(found).set_index(["network", "training", "arrangement", "label", "kind", "digit"])
    assert rows["probability"]["CNN", "alike", PIXELS, 2, "typical", "9"] == 0.82
    texts = shuffled_frames.readings(found).set_index(["label", "kind", "arrangement", "training"])["text"]
    assert len(texts) == 120
    assert texts[2, "typical", PIXELS, "in place"] == "MLP: **3** (82%); CNN: **3** (82%); transformer: **3** (82%)."
    assert texts[2, "typical", PIXELS, "alike"].endswith(
        "Here the MLP is the one trained on images in place, with weights renamed."
    )
    assert "Here the MLP and the transformer are the ones trained" in texts[2, "hard", PATCHES, "alike"]
    assert "Here" not in texts[2, "hard", IN_PLACE, "alike"]


def test_the_figures_stand(networks: dict) -> None:
    digit = shuffled_figures.shuffled_digit(_said(), caption="**A digit.**", description="a digit")
    assert digit.html.count('class="mi-panel"') == 6
    arms, swapped = shuffled_frames.arms(networks), shuffled_frames.swapped(networks)
    figure = shuffled_figures.shuffled_arms(arms, swapped, caption="A: arms. B: patches.", description="arms")
    assert "transformer, patches (same runs)" in figure.html


def test_every_arm_is_a_population_of_the_book_on_such_images() -> None:
    found = shuffled_frames.populations()
    for own in found.values():
        for how, population in own.items():
            assert population.recipe.pixels == how
        assert len({one.recipe.model for one in own.values()}) == 1
        assert own[IN_PLACE].seeds == own[PIXELS].seeds
