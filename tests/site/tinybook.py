"""Tiny books, built as a reader builds the real one: by `jupyter-book build`, in a process of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from mnist_interp.commands.steps import JUPYTER_BOOK

REPOSITORY = Path(__file__).resolve().parents[2]
HEADER = """\
---
jupytext:
  text_representation:
    format_name: myst
kernelspec:
  display_name: Python 3
  name: python3
---
"""


@dataclass(frozen=True)
class Book:
    """A book in a folder of its own."""

    folder: Path
    environment: dict[str, str]

    def write(self, page: str, text: str) -> Path:
        path = self.folder / "book" / f"{page}.md"
        path.write_text(text, encoding="utf-8")
        return path

    def build(self, *, package: Path | None = None) -> subprocess.CompletedProcess[str]:
        environment = self.environment | ({"PYTHONPATH": str(package)} if package else {})
        command = [sys.executable, *JUPYTER_BOOK, "build", "book"]
        return subprocess.run(command, cwd=self.folder, env=environment, capture_output=True, text=True, check=False)

    def page(self, name: str) -> str:
        return (self.site / f"{name}.html").read_text(encoding="utf-8")

    @property
    def site(self) -> Path:
        return self.folder / "_build" / "html"


def begun(folder: Path, cache: Path) -> Book:
    """Begin a book of one page of prose."""
    (folder / "book").mkdir(parents=True)
    shutil.copy(REPOSITORY / "_config.yml", folder)
    contents = "format: jb-book\nroot: index\nchapters:\n  - glob: page*\n"
    (folder / "book" / "_toc.yml").write_text(contents, encoding="utf-8")
    (folder / "book" / "references.bib").write_text("", encoding="utf-8")
    environment = {name: value for name, value in os.environ.items() if name != "MNIST_INTERP_WORKERS"}  # as a reader
    made = Book(folder, {**environment, "MNIST_INTERP_CACHE": str(cache), "MNIST_INTERP_PREVIEW": "1"})
    made.write("index", "# Cover\n\nWords.\n")
    return made
