"""Progress: for people at a terminal, and nothing of it anywhere else."""

from __future__ import annotations

import sys

import pytest

from mnist_interp.progress import track


def test_a_terminal_sees_a_bar_with_its_label(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    assert list(track(iter("abc"), total=3, label="training")) == ["a", "b", "c"]
    assert "training" in capsys.readouterr().err


def test_a_page_or_a_log_sees_nothing(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: False, raising=False)
    assert list(track(iter("abc"), total=3, label="training")) == ["a", "b", "c"]
    assert capsys.readouterr() == ("", "")
