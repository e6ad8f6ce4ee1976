"""When and where pages run, what a build says of it, and what stops it: seen on tiny books."""

from __future__ import annotations

import math
import os
import re
import shutil
from pathlib import Path

import pytest
from tinybook import HEADER, REPOSITORY, Book, begun

from mnist_interp.site import ahead, digest, execution
from mnist_interp.site.errors import BookError

CELL = (
    HEADER
    + """# Page

{prose}

```{{code-cell}} ipython3
from mnist_interp.methods import {module}

print({module}.__name__)
```
"""
)


def executed(output: str) -> int:
    return output.count("Executing notebook")


def test_prose_runs_nothing_and_a_module_runs_just_its_pages(built_book: Book, tmp_path: Path) -> None:
    package = tmp_path / "package"
    shutil.copytree(REPOSITORY / "mnist_interp", package / "mnist_interp", ignore=shutil.ignore_patterns("__pycache__"))
    built_book.write("page-one", CELL.format(prose="Words.", module="statistics"))
    built_book.write("page-two", CELL.format(prose="Words.", module="ranks"))
    first = built_book.build(package=package)
    assert first.returncode == 0, first.stdout + first.stderr
    assert executed(first.stdout) == 2

    notebooks = [built_book.site / "downloads" / "notebooks" / f"page-{name}.ipynb" for name in ("one", "two")]
    before = [path.stat().st_mtime_ns for path in notebooks]
    built_book.write("page-one", CELL.format(prose="Other words.", module="statistics"))
    prose = built_book.build(package=package)
    assert (prose.returncode, executed(prose.stdout), prose.stdout.count(": runs\n")) == (0, 0, 0)
    assert "Other words." in built_book.page("page-one")
    assert "Other words." in notebooks[0].read_text(encoding="utf-8")
    search = (built_book.site / "_static" / "search-index.js").read_text(encoding="utf-8")
    assert "Other words." in search
    assert '"page":"page-two","book":"Page","id":"page","title":"Page","text":"Words."' in search, "which stands"
    assert [path.stat().st_mtime_ns == old for path, old in zip(notebooks, before, strict=True)] == [False, True]

    source = package / "mnist_interp" / "methods" / "statistics.py"
    source.write_text(source.read_text(encoding="utf-8") + "\n\nADDED = 1\n", encoding="utf-8")
    module = built_book.build(package=package)
    assert (module.returncode, executed(module.stdout)) == (0, 1)
    assert "page-one.md: Executing" in module.stdout

    source.write_text("def broken(:\n", encoding="utf-8")
    broken = built_book.build(package=package)
    assert broken.returncode != 0
    assert "page-one.md imports a module of the package that does not parse" in broken.stderr


def test_failing_cell_fails_every_run_with_page_line_and_error(built_book: Book) -> None:
    text = HEADER + "# Page\n\n```{code-cell} ipython3\nfine = 1\n```\n\n```{code-cell} ipython3\nfine / 0\n```\n"
    built_book.write("page", text)
    line = text.splitlines().index("fine / 0") + 1
    for _ in range(2):
        done = built_book.build()
        assert done.returncode != 0
        assert f"page.md:{line}: this cell fails with ZeroDivisionError: division by zero" in done.stderr


MEETS = (
    HEADER
    + """# Page

```{{code-cell}} ipython3
import os, time
from pathlib import Path

Path("{own}.here").touch()
while not Path("{other}.here").exists():
    time.sleep(0.1)
print("workers:", os.environ["MNIST_INTERP_WORKERS"])
{last}
```
"""
)


def test_pages_run_side_by_side_and_one_that_fails_keeps_no_other(built_book: Book) -> None:
    built_book.environment["MNIST_INTERP_WORKERS"] = "2"
    failing = MEETS.format(own="one", other="two", last="1 / 0")
    built_book.write("page-one", failing)
    built_book.write("page-two", MEETS.format(own="two", other="one", last=""))
    first = built_book.build()
    assert first.returncode != 0
    assert executed(first.stdout) == 2
    line = failing.splitlines().index("import os, time") + 1
    assert f"page-one.md:{line}: this cell fails with ZeroDivisionError: division by zero" in first.stderr
    assert "page-one: failed after " in first.stdout
    assert "page-two: is done after " in first.stdout

    built_book.write("page-one", MEETS.format(own="one", other="two", last=""))
    second = built_book.build()
    assert second.returncode == 0, second.stdout + second.stderr
    assert executed(second.stdout) == 1
    assert "page-one.md: Executing" in second.stdout
    assert "workers: 1" in built_book.page("page-two")

    shutil.rmtree(Path(built_book.environment["MNIST_INTERP_CACHE"], "pages"))
    for own, other in (("one", "two"), ("two", "one")):
        built_book.write(f"page-{own}", MEETS.format(own=own, other=other, last="1"))
    third = built_book.build()
    assert third.returncode == 0, third.stdout + third.stderr
    assert executed(third.stdout) == 2, third.stdout
    assert executed(built_book.build().stdout) == 0


def test_a_wrong_number_of_processes_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MNIST_INTERP_WORKERS", "two")
    with pytest.raises(BookError, match=r"\AMNIST_INTERP_WORKERS is 'two': expected a number[^\n]*\Z"):
        ahead.processes()


def test_page_without_header_says_what_to_write() -> None:
    with pytest.raises(BookError, match=r"page.md has code cells but no notebook header(.|\n)*format_name: myst"):
        digest.check_header("page", "# Page\n\n```{code-cell} ipython3\n1 + 1\n```\n")
    assert not digest.check_header("page", "# Page\n\nWords.\n")


def test_other_kernels_are_refused() -> None:
    text = HEADER.replace("name: python3", "name: julia") + "# Page\n\n```{code-cell}\n1\n```\n"
    with pytest.raises(BookError, match=r"page.md names the kernel 'julia'. Expected 'python3'"):
        digest.check_header("page", text)
    assert digest.check_header("page", text.replace("julia", "python3"))


MISSING = {
    "{glue:text}`nothing:.1%`": "No key 'nothing'",
    "{published}`test_acuracy:.2f`": "no published figure 'test_acuracy'; the nearest are test_accuracy",
    "{ref}`nowhere`": "undefined label: 'nowhere'",
    "{term}`nonsense`": "nonsense",
    "$\\begin{aligned$": "mathematics",
}


def test_missing_names_fail_every_run(built_book: Book) -> None:
    sentences = "\n\n".join(f"Here: {text}" for text in MISSING)
    source = f"{HEADER}# Page\n\n{sentences}\n\n```{{code-cell}} ipython3\n1\n```\n"
    built_book.write("page", source)
    for _ in range(2):
        done = built_book.build()
        assert done.returncode != 0
        report = done.stderr.partition("warnings about pages")[2]
        for expected in MISSING.values():
            assert any("page.md:" in found and expected in found for found in report.splitlines()), report


def test_unwritable_cache_is_one_line_and_no_failure(built_book: Book, tmp_path: Path) -> None:
    blocked = tmp_path / "blocked"
    blocked.write_text("a file where a folder should be", encoding="utf-8")
    built_book.environment["MNIST_INTERP_CACHE"] = os.fspath(blocked)
    built_book.write("page", HEADER + "# Page\n\n```{code-cell} ipython3\nprint(6 * 7)\n```\n")
    done = built_book.build()
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("cannot keep results in") == executed(done.stdout) == 1
    assert "42" in built_book.page("page")


SLOW = HEADER + "# Page\n\n```{{code-cell}} ipython3\nimport time\ntime.sleep(0.5)\nprint({word!r})\n```\n"


def test_a_build_says_which_pages_run_and_nothing_of_it_is_in_them(built_book: Book, tmp_path: Path) -> None:
    package = tmp_path / "package"
    shutil.copytree(REPOSITORY / "mnist_interp", package / "mnist_interp", ignore=shutil.ignore_patterns("__pycache__"))
    progress = package / "mnist_interp" / "runtime" / "progress.py"
    progress.write_text(progress.read_text(encoding="utf-8") + "\n\nEVERY = 0.1\n", encoding="utf-8")
    built_book.environment["MNIST_INTERP_WORKERS"] = "1"
    for page in ("page-one", "page-two"):
        built_book.write(page, SLOW.format(word=page))
    done = built_book.build(package=package)
    assert done.returncode == 0, done.stdout + done.stderr
    for page in ("page-one", "page-two"):
        assert f"{page}: runs\n" in done.stdout
        assert f"{page}: is done after " in done.stdout
        assert "pages done" not in built_book.page(page)
    assert " s; 2 of 2 pages\n" in done.stdout
    assert re.search(r"0 of 2 pages done; running: page-(one|two) \(\d s\)\n", done.stdout)
    assert re.search(r"1 of 2 pages done; running: page-(one|two) \(\d s\)\n", done.stdout)


ACCENTS = HEADER + "# Page\n\nDéjà vu.\n\n```{code-cell} ipython3\nprint('déjà', 6 * 7)\n```\n"


@pytest.fixture
def odd(tmp_path: Path, shared_cache: Path, built_once: Book) -> Book:
    """Return a book in a folder whose name has blanks, an accent and what addresses have their own use for."""
    made = begun(tmp_path / "à b#c%20d & e", shared_cache)
    shutil.copytree(built_once.folder / "_build", made.folder / "_build")
    made.write("page", ACCENTS)
    return made


def test_in_a_folder_of_any_name_an_ascii_locale_and_without_a_home_the_commands_build(odd: Book) -> None:
    no_home = str(odd.folder / "_config.yml" / "home")  # below a file: nobody can make it
    odd.environment.update(dict.fromkeys(("HOME", "XDG_CACHE_HOME", "LOCALAPPDATA"), no_home))
    odd.environment.update(LC_ALL="C", PYTHONUTF8="1")  # as commands do for what they run, whatever was set before
    done = odd.build()
    assert done.returncode == 0, done.stdout + done.stderr
    assert "déjà 42" in odd.page("page")
    assert "is not a writable location" not in done.stdout + done.stderr


def test_there_jupyter_book_says_what_to_set(odd: Book) -> None:
    odd.environment.update(LC_ALL="C", PYTHONUTF8="0")
    done = odd.build()
    assert done.returncode != 0
    said = done.stderr.partition("The book cannot be built:")[2].splitlines()[1]
    assert said.startswith("Python reads names of files as ascii here, and '")
    assert said.endswith("is not: set PYTHONUTF8=1, or build by `python -m mnist_interp book`, which does")


@pytest.mark.parametrize(("text", "value"), [("3", 3), ("-1.5", -1.5), ("'mixed'", "mixed"), ("-inf", float("-inf"))])
def test_what_was_glued_is_read_as_it_was(text: str, value: object) -> None:
    assert execution.read(text) == value
    assert type(execution.read(text)) is type(value)


@pytest.mark.parametrize("text", ["nan", "-nan"])
def test_a_number_that_is_none_is_none(text: str) -> None:
    assert math.isnan(execution.read(text))
