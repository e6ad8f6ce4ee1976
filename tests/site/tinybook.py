"""Tiny books, built as a reader builds the real one: by `jupyter-book build`, in a process of its own."""

from __future__ import annotations

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
