"""Words that state a result are judged by the glued values: false ones end the build, and a preview lists them."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import nbformat
import pytest
from tinybook import HEADER, Book

from mnist_interp.site import plain_text, says
from mnist_interp.site.errors import BookError
from mnist_interp.site.execution import executed_name
from tests.pages.prose import typed_numbers
from tests.places import BOOK

VALUES = {"left": 0.0, "share": 0.4, "kind": "dead"}


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("left == 0", True),
        ("0 < share < 0.5", True),
        ("abs(share - 1) < 0.1 or kind == 'alive'", False),
        ("min(left, share) >= 0", True),
        ("round(share * 10) == 4", True),
        ("share / left > 2", False),
    ],
)
def test_conditions(condition: str, expected: bool) -> None:
    assert says.holds(condition, VALUES) is expected


@pytest.mark.parametrize(
    ("condition", "message"),
    [
        ("lost == 0", "no cell of the page glues 'lost'"),
        ("left ==", "cannot be judged"),
        ("kind > 0", "cannot be judged"),
        ("share", "expected a comparison"),
        ("open('x')", "no cell of the page glues 'open'"),
    ],
)
def test_what_is_no_condition_is_refused(condition: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        says.holds(condition, VALUES)


def app(folder: Path, values: dict[str, str], said: says.Said) -> Any:
    outputs = [
        nbformat.v4.new_output(
            "display_data",
            {"application/papermill.record/text/plain": value},
            metadata={"scrapbook": {"name": key, "mime_prefix": "application/papermill.record/"}},
        )
        for key, value in values.items()
    ]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("", outputs=outputs)])
    (folder / executed_name("page")).write_text(nbformat.writes(notebook), encoding="utf-8")
    return SimpleNamespace(
        env=SimpleNamespace(mi_said={"page": [said]}, mystnb_config=SimpleNamespace(output_folder=folder))
    )


def test_false_words_end_the_build_of_the_book(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said = says.Said(7, "Not one is left", "left == 0")
    monkeypatch.setenv("MNIST_INTERP_PREVIEW", "")
    says._judge(app(tmp_path, {"left": "0.0"}, said), None)
    false = app(tmp_path, {"left": "0.25"}, said)
    with pytest.raises(
        BookError, match=r"page.md:7: “Not one is left” is not so: expected left == 0, but left is 0.25"
    ):
        says._judge(false, None)
    monkeypatch.setenv("MNIST_INTERP_PREVIEW", "1")
    says._judge(false, None)
    with pytest.raises(BookError, match="no cell of the page glues 'left'"):
        says._judge(app(tmp_path, {}, said), None)


PAGE = (
    HEADER
    + """# Page

Of them {says}`not one is
left <left == 0>`, and {says}`all are here <left < 1 and left >= 0>`.

```{code-cell} ipython3
from mnist_interp.site.prose import glue
glue("left", 0.25)
```
"""
)


def test_a_preview_shows_the_words_and_lists_the_false_ones(built_book: Book) -> None:
    built_book.write("page", PAGE)
    for _ in range(2):
        done = built_book.build()
        assert done.returncode == 0, done.stdout + done.stderr
        assert "“not one is left” is not so: expected left == 0, but left is 0.25" in done.stdout
        assert "“all are here”" not in done.stdout
    assert "Of them not one is left, and all are here." in " ".join(built_book.page("page").split())


def test_the_words_are_prose() -> None:
    text = HEADER + "# Page\n\nOf them {says}`12 are left <left == 12>`.\n"
    assert [found.text for found in typed_numbers(text, [])] == ["12"]


def test_every_chapter_ties_words_to_values() -> None:
    chapters = [path for path in BOOK.glob("*.md") if "claims.cards(" in path.read_text(encoding="utf-8")]
    tied = {path.stem: path.read_text(encoding="utf-8").count("{says}`") for path in chapters}
    assert len(tied) > 5
    assert min(tied.values()) >= 5, tied


def test_a_notebook_shows_the_words_alone() -> None:
    book = plain_text.Book("page", "", {}, {}, {}, {}, {}, lambda path, form: "")
    assert plain_text.of("{says}`not one\nis left <0 < left <= 2>`", book) == "not one\nis left"
