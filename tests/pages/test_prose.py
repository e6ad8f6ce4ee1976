"""No result is typed by hand: every number in the text is computed, cited, or on the list in numbers.toml."""

from __future__ import annotations

import re

import pytest

from tests.pages.prose import RESULT, phrases, typed_numbers
from tests.places import BOOK

PAGES = sorted(BOOK.glob("*.md"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_no_page_has_a_typed_result(page):
    found = typed_numbers(page.read_text(encoding="utf-8"), list(phrases()))
    report = "\n".join(f"book/{page.name}:{item.line}: typed {item.text!r} in: {item.sentence}" for item in found)
    assert not found, (
        f"numbers typed in the prose:\n{report}\nglue what the code computed ({{glue:text}}`key:.1%`), cite what was "
        "published ({published}`path:.2f`), or, if it is no result, add its phrase with a reason to "
        "tests/pages/numbers.toml"
    )


def test_the_list_holds_reasons_and_no_results():
    for phrase, reason in phrases().items():
        assert len(reason) > 4, phrase
        assert not RESULT.search(phrase.replace("\\d", "1")), f"{phrase}: decimals and percentages cannot be allowed"
        re.compile(phrase)


PAGE = """\
---
teaser: Accuracy 95 to come.
kernelspec: {name: python3, version: 3.11}
---
(label-12)=
# Neuron 0 and 784-32-16-10

Of the 10,000 test images PLANTED, see {{glue:text}}`share:.1%` and {{published}}`training.0.loss:.2f`, `relu2`,
$x_1 = 0.5$ and [a link](page12.html#a3), {{cite}}`lecun1998`, footnote[^2].

```{{code-cell}}
:tags: [hide-input]
value = 0.948
charts.figure(panel, name="f12", caption=f"Of 24 seeds, {{value:.1%}}.", description="CAPTION")
```

```{{admonition}} A title 77
:class: tip-5
Inside MARGIN.

$$ 1 + 1 = 2.5 $$
```

1. Exercise
[^2]: A note of 2025.
"""


def planted(**texts: str) -> list[tuple[int, str]]:
    page = PAGE.replace("{{", "{").replace("}}", "}")
    for name in ("PLANTED", "CAPTION", "MARGIN"):
        page = page.replace(name, texts.get(name, "nothing"))
    return [(item.line, item.text) for item in typed_numbers(page, list(phrases()))]


ALWAYS = [(2, "95"), (17, "77")]


def test_titles_and_teasers_are_prose_and_code_roles_mathematics_and_addresses_are_not():
    assert planted() == ALWAYS


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("94.8 % are right", "94.8 %"),
        ("94.8% are right", "94.8%"),
        ("95 percent are right", "95 percent"),
        ("an accuracy of 0.948", "0.948"),
        ("it fails on 520 of them", "520"),
        ("only 1,234 fail", "1,234"),
        ("a drop of -3 points", "-3 points"),
        ("the 9.5 of them", "9.5"),
        ("neuron 0 is active on 98% of ones", "98%"),
        ("neuron 14.5", "14.5"),
        ("a share of $94.8\\%$", "94.8"),
        ("a share of `94.8 %`", "94.8 %"),
        ("**97.3**", "97.3"),
    ],
)
def test_a_planted_result_is_found_with_its_line(text, found):
    assert (8, found) in planted(PLANTED=text)
    if "$" not in text and "`" not in text:
        assert (14, found) in planted(CAPTION=text)
    assert (19, found) in planted(MARGIN=text)


@pytest.mark.parametrize(
    "text",
    [
        "neurons 6, 7 and 14",
        "a 4 and a 9",
        "the 1s",
        "in 1998",
        "seed 31416",
        "seeds 0-23",
        "layer 2",
        'the "1"',
        "a 95% interval",
    ],
)
def test_names_are_no_results(text):
    assert planted(PLANTED=text) == ALWAYS
