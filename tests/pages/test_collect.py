"""Pages as tests: what passes, what fails, and how a failure reads. On a tiny book of one page."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from tests.pages.collect import cells_of
from tests.places import REPOSITORY

PAGE = """\
---
jupytext:
  text_representation:
    format_name: myst
kernelspec:
  display_name: Python 3
  name: python3
---
# Two

```{code-cell}
from pathlib import Path
print(Path.cwd().name)
```

A word between.

```{code-cell}
:tags: [nbval-check-output]
2 + 2
```

```{code-cell}
import os
print(os.environ["MNIST_INTERP_PREVIEW"])
```
"""
OUTPUTS = (("stream", "elsewhere\n"), ("result", "4"), ("stream", "\n"))


def write_book(folder: Path, *, page: str = PAGE, built: str = PAGE, outputs=OUTPUTS, preview: bool = False) -> None:
    """Write a book of one page, and a site that was built from `built` and printed `outputs`."""
    (folder / "book").mkdir()
    (folder / "book" / "two.md").write_text(page)
    (folder / "conftest.py").write_text((REPOSITORY / "conftest.py").read_text())
    (folder / "pytest.ini").write_text("[pytest]\nfilterwarnings = error\n")
    notebooks = folder / "site" / "downloads" / "notebooks"
    notebooks.mkdir(parents=True)
    facts = {"preview": preview, "pages": ["two"], "with_code": ["two"]}
    (folder / "site" / "site.json").write_text(json.dumps(facts))
    cells = [cell for _, cell in cells_of(built)]
    for number, (cell, (kind, text)) in enumerate(zip(cells, outputs, strict=True), start=1):
        cell.execution_count = number
        cell.outputs = [
            nbformat.v4.new_output("stream", text=text)
            if kind == "stream"
            else nbformat.v4.new_output("execute_result", data={"text/plain": text}, execution_count=number)
        ]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), notebooks / "two.ipynb")


def check(folder: Path, *options: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run pytest on the tiny book."""
    known = {name: value for name, value in os.environ.items() if name not in ("CI", "MNIST_INTERP_PREVIEW")}
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-v", "--color=no", "-p", "no:cacheprovider", *options, "book"],
        cwd=folder,
        env={**known, "PYTHONPATH": str(REPOSITORY), "MNIST_INTERP_SITE": str(folder / "site"), **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_page_passes_though_an_unchecked_output_differs(tmp_path):
    write_book(tmp_path)
    done = check(tmp_path)
    assert done.returncode == 0, done.stdout
    assert "3 passed" in done.stdout


def test_with_nbval_every_output_is_compared_and_the_failure_names_page_and_line(tmp_path):
    write_book(tmp_path, preview=True)
    done = check(tmp_path, "--nbval")
    assert done.returncode == 1
    assert "book/two.md:11: Notebook cell execution failed" in done.stdout
    assert "elsewhere" in done.stdout
    assert "book/two.md:23:" in done.stdout, "a preview's cells have to be run as a preview"
    assert "1 passed" in done.stdout


LATE = """\
import time
kernel = get_ipython().kernel
publish = kernel._publish_status
def late(status, *args, **options):
    time.sleep(6 if status == "idle" else 0)
    publish(status, *args, **options)
kernel._publish_status = late
"""


def test_a_kernel_that_ends_a_cell_late_is_waited_for(tmp_path):
    page = PAGE.partition("A word between.")[0].replace("from pathlib", f"{LATE}from pathlib")
    write_book(tmp_path, page=page, built=page, outputs=OUTPUTS[:1])
    done = check(tmp_path)
    assert done.returncode == 0, done.stdout
    assert "1 passed" in done.stdout


def test_a_checked_output_that_differs_fails(tmp_path):
    write_book(tmp_path, outputs=(OUTPUTS[0], ("result", "5"), OUTPUTS[2]))
    done = check(tmp_path)
    assert done.returncode == 1
    assert "book/two.md:18: " in done.stdout
    assert "Cell outputs differ" in done.stdout


def test_a_cell_that_raises_fails_with_its_source_and_error(tmp_path):
    page = PAGE.replace("2 + 2", "2 / 0")
    write_book(tmp_path, page=page, built=page)
    done = check(tmp_path)
    assert done.returncode == 1
    assert "book/two.md:18: " in done.stdout
    assert "2 / 0" in done.stdout
    assert "ZeroDivisionError" in done.stdout


@pytest.mark.parametrize("page", [PAGE.replace("2 + 2", "2 + 3"), PAGE.partition("```{code-cell}\nimport os")[0]])
def test_a_site_built_from_other_cells_is_refused(tmp_path, page):
    write_book(tmp_path, page=page)
    done = check(tmp_path)
    assert done.returncode != 0
    assert "book/two.md:18: the built site has other code cells than the page" in done.stdout


def test_without_a_site_pages_are_skipped_but_not_in_ci(tmp_path):
    write_book(tmp_path)
    (tmp_path / "site" / "site.json").unlink()
    assert "1 skipped" in check(tmp_path).stdout
    refused = check(tmp_path, CI="true")
    assert refused.returncode != 0
    assert "no built site" in refused.stdout
