"""Exercises that check themselves: what they ask and accept, with and without scripts; their answers are computed."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nbformat
import pytest
from tinybook import HEADER, Book
from visits import axe_violations, opened, until

from mnist_interp.site import plain_text, quiz, tree
from mnist_interp.site.errors import BookError
from tests.places import BOOK

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Locator, Page

PAGE = (
    HEADER
    + """# Page

```{code-cell} ipython3
from mnist_interp.site.prose import glue_all
glue_all({"unit": 8, "other": 14, "share": 0.834, "miss": -1250.0})
```

```{admonition} Find it
:class: quiz
Which neuron is it?

neuron {glue:text}`unit`
: It is *alone*.

{glue:text}`other`
: That one is often active. Look at B.

otherwise
: Look at A.
```

```{admonition} Reckon
:class: quiz
How many of them?

{glue:text}`share:.1%`
: Most.

otherwise
: Divide.
```

```{admonition} And then
:class: quiz
How far?

{glue:text}`miss:,.0f` points
: Down.

otherwise
: Subtract.
```

```{admonition} Choose
:class: quiz choices
What happens?

{says}`It falls <miss < 0>`
: As it must.

It rises
: That was before.

It doesn’t move
: Look again.
```
"""
)
READY = "document.querySelector('.mi-quiz') && document.documentElement.classList.contains('mi-ready')"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, built_once: Book) -> Path:
    """Build a page of four quizzes, and a page without one."""
    made = Book(tmp_path_factory.mktemp("quiz") / "tiny", built_once.environment)
    shutil.copytree(built_once.folder, made.folder)
    made.write("page", PAGE)
    made.write("pages", "# Other\n\nWords.\n")
    done = made.build()
    assert done.returncode == 0, done.stdout + done.stderr
    return made.site


@pytest.fixture
def page(browser: Browser, site: Path) -> Iterator[Page]:
    with opened(browser, site.as_uri(), "page", width=360) as watched:
        until(watched.page, READY)
        yield watched.page
        assert watched.said == []
        assert watched.foreign == []


def asked(page: Page, title: str) -> Locator:
    return page.get_by_role("group", name=title)


def answer(page: Page, title: str, text: str) -> tuple[str | None, str]:
    """Type an answer and check it by keyboard; return the verdict and what is said."""
    one = asked(page, title)
    one.get_by_role("textbox").fill(text)
    one.get_by_role("textbox").press("Enter")
    return one.get_attribute("data-verdict"), one.get_by_role("status").inner_text()


@pytest.mark.parametrize(
    ("title", "given", "verdict", "says"),
    [
        ("Find it", "8", "right", "Right. It is alone."),
        ("Find it", " neuron 8 ", "right", "Right. It is alone."),
        ("Find it", "14", "wrong", "Not yet. That one is often active. Look at B."),
        ("Find it", "9", "wrong", "Not yet. Look at A."),
        ("Find it", "8.4", "wrong", "Not yet. Look at A."),
        ("Find it", "", "", "Type a number first."),
        ("Find it", "none", "", "Type a number first."),
        ("Reckon", "83.4 %", "right", "Right. Most."),
        ("Reckon", "83,5", "right", "Right. Most."),
        ("Reckon", ".834", "right", "Right. Most."),
        ("Reckon", "0.834%", "wrong", "Not yet. Divide."),
        ("Reckon", "83.6", "wrong", "Not yet. Divide."),
        ("And then", "-1,250", "right", "Right. Down."),
        ("And then", "−1250", "right", "Right. Down."),
        ("And then", "1250", "wrong", "Not yet. Subtract."),
    ],
)
def test_an_answer_is_answered(page: Page, title: str, given: str, verdict: str, says: str) -> None:
    found, said = answer(page, title, given)
    assert (found, " ".join(said.split())) == (verdict, says)


def test_an_empty_answer_brings_one_to_the_field_and_a_new_one_takes_the_verdict_back(page: Page) -> None:
    one = asked(page, "Find it")
    one.get_by_role("button").click()
    assert one.get_by_role("textbox").evaluate("e => e === document.activeElement")
    answer(page, "Find it", "9")
    one.get_by_role("textbox").press("Backspace")
    assert one.get_attribute("data-verdict") is None
    assert one.get_by_role("status").inner_text() == ""


def test_choices_stand_in_the_order_of_their_texts_and_are_chosen_by_keyboard(page: Page) -> None:
    one = asked(page, "Choose")
    assert one.locator(".mi-quiz-ask label").all_inner_texts() == ["It doesn’t move", "It falls", "It rises"]
    one.get_by_role("button").press("Enter")
    assert one.get_by_role("status").inner_text() == "Choose one first."
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    assert " ".join(one.get_by_role("status").inner_text().split()) == "Right. As it must."
    page.keyboard.press("ArrowDown")
    assert one.get_by_role("status").inner_text() == ""
    one.get_by_role("button").click()
    assert " ".join(one.get_by_role("status").inner_text().split()) == "Not yet. That was before."


def test_the_answer_is_folded_and_said_in_a_live_region_alone(page: Page) -> None:
    assert "It is alone." not in page.locator("main").inner_text()
    assert page.locator(".mi-quiz [role=status]").all_inner_texts() == [""] * 4
    asked(page, "Find it").locator("summary").click()
    assert "neuron 8\n" in asked(page, "Find it").inner_text()


@pytest.mark.parametrize(("width", "theme"), [(1280, "light"), (360, "dark")])
def test_it_is_seen_and_reached(browser: Browser, site: Path, width: int, theme: str) -> None:
    with opened(browser, site.as_uri(), "page", width=width, color_scheme=theme, has_touch=True) as watched:
        until(watched.page, READY)
        for title, given in (("Find it", "8"), ("Reckon", "2"), ("And then", "")):
            answer(watched.page, title, given)
        choice = asked(watched.page, "Choose")
        choice.get_by_text("It rises").tap()
        choice.get_by_role("button").tap()
        assert choice.get_attribute("data-verdict") == "wrong"
        assert axe_violations(watched.page, ".mi-quiz") == []
        assert watched.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        sizes = choice.locator(":is(label, button)").evaluate_all("all => all.map(e => e.offsetHeight)")
        assert min(sizes) >= 44


def test_without_scripts_there_is_the_question_and_the_answer_in_a_fold(browser: Browser, site: Path) -> None:
    with opened(browser, site.as_uri(), "page", java_script_enabled=False) as watched:
        page = watched.page
        assert page.locator(".mi-quiz :is(input, button)").filter(visible=True).count() == 0
        assert asked(page, "Choose").get_by_text("It rises").is_visible()
        assert "otherwise" not in page.locator("main").inner_text()
        asked(page, "Reckon").locator("summary").click()
        assert "83.4%\nMost." in re.sub(r"\n+", "\n", asked(page, "Reckon").inner_text())


def test_on_paper_the_answer_stands_below_the_question(page: Page) -> None:
    answer(page, "Find it", "9")
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.locator(".mi-quiz :is([type=text], button, [role=status])").filter(visible=True).count() == 0
    assert "neuron 8" in asked(page, "Find it").inner_text()
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.locator(".mi-quiz details[open]").count() == 0


def test_the_script_is_of_pages_with_a_quiz(site: Path) -> None:
    assert "quiz.js" in tree.read(site / "page.html").get("data-scripts")
    assert "quiz.js" not in tree.read(site / "pages.html").get("data-scripts")


def test_a_notebook_has_the_question_and_the_answer_in_a_fold(site: Path) -> None:
    notebook = nbformat.read(site / "downloads" / "notebooks" / "page.ipynb", as_version=4)
    text = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    assert "**neuron 8**\n\nIt is *alone*." in text
    assert "- It doesn’t move\n- It falls\n- It rises\n" in text
    assert "otherwise" not in text


def _admonition(listed: str, kind: str = "quiz") -> Any:
    return tree.body(f'<div class="{kind} admonition"><p class="admonition-title">Ask</p><p>What?</p>{listed}</div>')


@pytest.mark.parametrize(
    ("listed", "kind", "why"),
    [
        ("", "quiz", "a list of definitions"),
        ("<dl><dt>8</dt><dd>a</dd></dl>", "quiz", "a last term “otherwise”"),
        ("<dl><dt>none</dt><dd>a</dd><dt>otherwise</dt><dd>b</dd></dl>", "quiz", "one number, not “none”"),
        ("<dl><dt>8 of 9</dt><dd>a</dd><dt>otherwise</dt><dd>b</dd></dl>", "quiz", "one number"),
        ("<dl><dt>8</dt><dd>a</dd></dl>", "quiz choices", "two choices"),
    ],
)
def test_what_cannot_be_asked_is_refused(listed: str, kind: str, why: str) -> None:
    with pytest.raises(BookError, match=f"page.md: the quiz “Ask” cannot be asked: .*{why}"):
        quiz.fill(_admonition(listed, kind), "page")


@pytest.mark.parametrize(
    ("term", "found"),
    [
        ("neuron 8", ("8", 0)),
        ("1,024", ("1024", 0)),
        ("83%", ("83", 1)),
        ("0.54", ("0.54", 0.01)),
        ("−1.5 points", ("-1.5", 0.1)),
    ],
)
def test_a_number_has_the_precision_it_is_shown_with(term: str, found: tuple[str, float]) -> None:
    assert quiz.number(term)[:2] == found


QUIZ = re.compile(r"^```\{admonition\} ([^\n]+)\n:class: quiz(?: choices)?\n(.*?)^```$", re.M | re.S)
COMPUTED = re.compile(r"\{glue:text\}`|\{says\}`[^`]+<[^`]+>`")
CHAPTERS = [path for path in sorted(BOOK.glob("*.md")) if "\nclaims.cards(" in path.read_text(encoding="utf-8")]


def quizzes(path: Path) -> list[tuple[str, list[str]]]:
    """Return the quizzes of a chapter: title and terms."""
    found = QUIZ.findall(path.read_text(encoding="utf-8"))
    return [(title, re.findall(r"^(\S[^\n]*)\n: ", body, re.M)) for title, body in found]


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_each_chapter_has_two_whose_answers_are_computed(path: Path) -> None:
    found = quizzes(path)
    assert len(found) >= 2
    assert [title for title, terms in found if not COMPUTED.search(terms[0])] == []


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_a_chapter_ends_with_sentences_then_cards_then_exercises(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    headings = re.findall(r"^## (.*)$", text, re.M)
    assert headings[-3:] == ["What we may conclude", "Try it yourself", "Still open"]
    marks = ("## What we may conclude", "\nclaims.cards(", "## Try it yourself", ":class: quiz", "## Still open")
    places = [text.index(mark) for mark in marks]
    assert places == sorted(places)
    (listed,) = re.findall(r"## What we may conclude\n(.*?)\nMeasure, direction", text, re.S)
    assert len(re.findall(r"^(?:\d\.|-) ", listed, re.M)) == 3


def test_plain_text_keeps_a_quiz_of_numbers_short() -> None:
    book = plain_text.Book("page", "", {}, {}, {}, {}, {}, lambda path, form: "")
    text = "```{admonition} Find\n:class: quiz\nWhich?\n\n8\n: It.\n\n9\n: No.\n\notherwise\n: Hint.\n```\n"
    assert plain_text.of(text, book) == (
        "**Find**\n\nWhich?\n\n\n<details><summary>The answer</summary>\n\n**8**\n\nIt.\n\n</details>\n"
    )
