"""The log of a build: which pages run, which are done, and for how long."""

from __future__ import annotations

import re
import shutil
import threading
from pathlib import Path

import pytest
from tinybook import HEADER, REPOSITORY, Book

from mnist_interp.site.board import Board

SLOW = HEADER + "# Page\n\n```{code-cell} ipython3\nimport time\ntime.sleep(0.5)\n```\n"


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


def test_a_build_says_which_pages_run_and_nothing_of_it_is_in_them(built_book: Book, tmp_path: Path) -> None:
    package = tmp_path / "package"
    shutil.copytree(REPOSITORY / "mnist_interp", package / "mnist_interp", ignore=shutil.ignore_patterns("__pycache__"))
    progress = package / "mnist_interp" / "progress.py"
    progress.write_text(progress.read_text(encoding="utf-8") + "\n\nEVERY = 0.1\n", encoding="utf-8")
    built_book.environment["MNIST_INTERP_WORKERS"] = "1"
    for page in ("page-one", "page-two"):
        built_book.write(page, SLOW)
    done = built_book.build(package=package)
    assert done.returncode == 0, done.stdout + done.stderr
    for page in ("page-one", "page-two"):
        assert f"{page}: runs\n" in done.stdout
        assert f"{page}: is done after " in done.stdout
        assert "pages done" not in built_book.page(page)
    assert " s; 2 of 2 pages\n" in done.stdout
    assert re.search(r"0 of 2 pages done; running: page-(one|two) \(\d s\)\n", done.stdout)
    assert re.search(r"1 of 2 pages done; running: page-(one|two) \(\d s\)\n", done.stdout)
