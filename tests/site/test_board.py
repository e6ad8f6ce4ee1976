"""The log of a build: which pages run, which are done, and for how long."""

from __future__ import annotations

import threading

import pytest

from mnist_interp.site.board import Board


def test_a_board_counts_what_is_done_and_names_what_runs() -> None:
    lines: list[str] = []
    board = Board(3, lines.append)
    with board.running("geometry"):
        with board.running("cnn"):
            board.say()
        board.say()
    with pytest.raises(ZeroDivisionError), board.running("claims"):
        raise ZeroDivisionError
    assert lines == [
        "geometry: runs",
        "cnn: runs",
        "0 of 3 pages done; running: geometry (0 s), cnn (0 s)",
        "cnn: is done after 0 s; 1 of 3 pages",
        "1 of 3 pages done; running: geometry (0 s)",
        "geometry: is done after 0 s; 2 of 3 pages",
        "claims: runs",
        "claims: failed after 0 s; 3 of 3 pages",
    ]


def test_pages_that_end_together_are_each_counted() -> None:
    lines: list[str] = []
    board, together = Board(8, lines.append), threading.Barrier(8)

    def run(number: int) -> None:
        with board.running(f"page-{number}"):
            together.wait()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    counts = sorted(line.partition("; ")[2] for line in lines if "is done" in line)
    assert counts == [f"{count} of 8 pages" for count in range(1, 9)]
