"""Progress: a bar for people at a terminal, lines for the log of a command, nothing for anyone else."""

from __future__ import annotations

import re
import sys
import time

import pytest

from mnist_interp.runtime import progress
from mnist_interp.runtime.progress import minutes, so_far, track


def test_a_terminal_sees_a_bar_with_its_label(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    assert list(track(iter("abc"), total=3, label="training")) == ["a", "b", "c"]
    assert "training" in capsys.readouterr().err


def test_a_page_sees_nothing_however_long_it_takes(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: False, raising=False)
    monkeypatch.setattr(progress, "EVERY", 0.01)
    for _ in track(iter("abc"), total=3, label="training"):
        time.sleep(0.05)
    assert capsys.readouterr() == ("", "")


def test_a_log_has_a_line_again_and_again_though_one_item_takes_long(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def slow():
        time.sleep(0.3)
        yield "a"
        time.sleep(0.3)
        yield "b"

    monkeypatch.setattr(progress, "EVERY", 0.02)
    lines: list[str] = []
    assert list(track(slow(), total=2, label="training", log=lines.append)) == ["a", "b"]
    said = len(lines)
    done = [
        int(re.fullmatch(r"training: (\d) of 2 done after \d+ s(, less than a minute left)?", line)[1])
        for line in lines
    ]
    assert min(done.count(0), done.count(1)) >= 3
    assert done == sorted(done)
    time.sleep(0.1)
    assert len(lines) == said, "nothing is said after the end"
    assert capsys.readouterr() == ("", "")


def test_a_log_is_told_at_least_once_a_minute() -> None:
    assert progress.EVERY <= 60


def test_what_is_left_is_in_proportion_to_what_is_done() -> None:
    assert so_far("training", 0, 4, 90, 0) == "training: 0 of 4 done after 90 s"
    assert so_far("training", 1, 4, 100, 0.25) == "training: 1 of 4 done after 100 s, about 5 minutes left"
    assert so_far("training", 4, 4, 100, 1.0).endswith(", less than a minute left")


@pytest.mark.parametrize(
    ("seconds", "words"), [(0, "less than a minute"), (61, "about 1 minute"), (2040, "about 34 minutes")]
)
def test_durations_are_said_to_the_minute(seconds: float, words: str) -> None:
    assert minutes(seconds) == words


def test_long_items_count_for_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "EVERY", 0.02)
    monkeypatch.setattr(progress, "so_far", lambda *said: said[-1])
    parts: list[float] = []
    for _ in track(iter([0.75, 0.25]), total=2, label="training", log=parts.append, share=lambda item: item):
        time.sleep(0.1)
    assert set(parts) == {0.75, 1.0}


def test_an_error_ends_what_is_said() -> None:
    lines: list[str] = []
    with pytest.raises(KeyError), progress.every(0.01, lambda: lines.append("")):
        raise KeyError
    said = len(lines)
    time.sleep(0.05)
    assert len(lines) == said
