"""The matched moment: against accuracies that are known."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from mnist_interp import training
from mnist_interp.experiments import accuracy_matching
from mnist_interp.training import registry
from mnist_interp.training.runs import Population


def _decide(monkeypatch: pytest.MonkeyPatch, accuracies: list[float], asked: list[int] | None = None) -> None:
    def within(run: object, place: int, accuracy: float, images: object) -> float | None:
        if asked is not None:
            asked.append(place)
        near = abs(accuracies[place] - accuracy) <= accuracy_matching.TOLERANCE
        return accuracies[place] if near else None

    monkeypatch.setattr(accuracy_matching, "_hardest_first", lambda run: None)
    monkeypatch.setattr(accuracy_matching, "_within", within)


def _run(monkeypatch: pytest.MonkeyPatch, accuracies: list[float]) -> SimpleNamespace:
    monkeypatch.setattr(accuracy_matching, "_accuracy", lambda run, place, per_class=None: accuracies[place])
    _decide(monkeypatch, accuracies)
    return SimpleNamespace(steps=list(range(len(accuracies))))


def test_the_first_checkpoint_within_two_tenths_of_a_point(monkeypatch: pytest.MonkeyPatch) -> None:
    run = _run(monkeypatch, [0.1, 0.9, 0.9482, 0.95, 0.949, 0.98])
    assert accuracy_matching.checkpoint(run, 0.95) == (2, 0.9482)


def test_the_nearest_where_training_steps_over_it(monkeypatch: pytest.MonkeyPatch) -> None:
    run = _run(monkeypatch, [0.1, 0.9, 0.945, 0.953, 0.97, 0.98])
    assert accuracy_matching.checkpoint(run, 0.95) == (3, 0.953)


def test_the_nearest_of_all_where_none_comes_close(monkeypatch: pytest.MonkeyPatch) -> None:
    run = _run(monkeypatch, [0.1, 0.3, 0.5])
    assert accuracy_matching.checkpoint(run, 0.95) == (2, 0.5)


def test_what_a_screen_rules_out_is_read_no_further(monkeypatch: pytest.MonkeyPatch) -> None:
    accuracies = [0.1, 0.86, 0.92, 0.95, 0.97]
    run, asked, decided = _run(monkeypatch, accuracies), [], []
    _decide(monkeypatch, accuracies, decided)
    known = accuracy_matching._accuracy

    def accuracy(run: SimpleNamespace, place: int, per_class: int | None = None) -> float:
        asked.append((per_class, place))
        return known(run, place)

    monkeypatch.setattr(accuracy_matching, "_accuracy", accuracy)
    assert accuracy_matching.checkpoint(run, 0.95) == (3, 0.95)
    few, more = (per_class for per_class, _ in accuracy_matching._SCREENS)
    assert [place for per_class, place in asked if per_class == few] == [0, 1, 2, 3]
    assert [place for per_class, place in asked if per_class == more] == [1, 2, 3]
    assert decided == [3]


def test_all_are_read_where_the_screens_let_none_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = [0.1, 0.949, 0.97]
    _decide(monkeypatch, whole)
    monkeypatch.setattr(
        accuracy_matching, "_accuracy", lambda run, place, per_class=None: 0.5 if per_class else whole[place]
    )
    assert accuracy_matching.checkpoint(SimpleNamespace(steps=[0, 1, 2]), 0.95) == (1, 0.949)


def test_a_checkpoint_is_given_up_only_where_all_images_would_rule_it_out() -> None:
    run = training.run(registry.CNN)
    images = accuracy_matching._hardest_first(run)
    assert sorted(images) == list(range(10_000))
    for place in (2, 12, 20, -1):
        whole = accuracy_matching._accuracy(run, place)
        for accuracy in (whole - 0.0021, whole - 0.0019, whole, whole + 0.0019, whole + 0.0021, whole + 0.1):
            found = accuracy_matching._within(run, place, accuracy, images)
            assert found == (whole if abs(whole - accuracy) <= accuracy_matching.TOLERANCE else None)


def test_checkpoints_come_by_seed() -> None:
    run = training.run(registry.CNN)
    found = accuracy_matching.checkpoints(Population(run.recipe, (run,)), np.array([0.93])).sel(seed=run.seed)
    checkpoint = int(found["checkpoint"])
    assert (checkpoint, float(found["accuracy"])) == accuracy_matching.checkpoint(run, 0.93)
    assert float(found["accuracy"]) == accuracy_matching._accuracy(run, checkpoint)
