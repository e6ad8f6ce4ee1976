"""The matched moment: against accuracies that are known."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from mnist_interp import matched


def _run(monkeypatch: pytest.MonkeyPatch, accuracies: list[float]) -> SimpleNamespace:
    monkeypatch.setattr(matched, "_accuracy", lambda run, place, per_class=None: accuracies[place])
    return SimpleNamespace(steps=list(range(len(accuracies))))


def test_the_first_checkpoint_within_two_tenths_of_a_point(monkeypatch: pytest.MonkeyPatch) -> None:
    run = _run(monkeypatch, [0.1, 0.9, 0.9482, 0.95, 0.949, 0.98])
    assert matched.checkpoint(run, 0.95) == (2, 0.9482)


def test_the_nearest_where_training_steps_over_it(monkeypatch: pytest.MonkeyPatch) -> None:
    run = _run(monkeypatch, [0.1, 0.9, 0.945, 0.953, 0.97, 0.98])
    assert matched.checkpoint(run, 0.95) == (3, 0.953)


def test_the_nearest_of_all_where_none_comes_close(monkeypatch: pytest.MonkeyPatch) -> None:
    run = _run(monkeypatch, [0.1, 0.3, 0.5])
    assert matched.checkpoint(run, 0.95) == (2, 0.5)


def test_what_a_screen_rules_out_is_read_no_further(monkeypatch: pytest.MonkeyPatch) -> None:
    run, asked = _run(monkeypatch, [0.1, 0.86, 0.92, 0.95, 0.97]), []
    known = matched._accuracy

    def accuracy(run: SimpleNamespace, place: int, per_class: int | None = None) -> float:
        asked.append((per_class, place))
        return known(run, place)

    monkeypatch.setattr(matched, "_accuracy", accuracy)
    assert matched.checkpoint(run, 0.95) == (3, 0.95)
    few, more = (per_class for per_class, _ in matched._SCREENS)
    assert [place for per_class, place in asked if per_class == few] == [0, 1, 2, 3]
    assert [place for per_class, place in asked if per_class == more] == [1, 2, 3]
    assert [place for per_class, place in asked if per_class is None] == [3]


def test_all_are_read_where_the_screens_let_none_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = [0.1, 0.949, 0.97]
    monkeypatch.setattr(matched, "_accuracy", lambda run, place, per_class=None: 0.5 if per_class else whole[place])
    assert matched.checkpoint(SimpleNamespace(steps=[0, 1, 2]), 0.95) == (1, 0.949)
