"""Both editions side by side, and how claims look on a page: of two chapters made up, one of which withdrew a claim."""

from __future__ import annotations

import json
import re
from importlib import import_module
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest

from mnist_interp.claims import chapters, editions
from mnist_interp.claims.chapters import Judged
from mnist_interp.claims.claim import Claim, Evidence
from mnist_interp.methods.verdicts import Judgment

cards = import_module("mnist_interp.claims.cards")  # the package's own attribute of that name is the function
DECLARED = {
    "edition": 2,
    "claims": [
        {"id": "baseline-kept", "statement": "It grows.", "history": "kept"},
        {"id": "baseline-changed", "statement": "It gains.", "history": "changed"},
        {"id": "baseline-instead", "statement": "1 < 2 & so on.", "history": "new"},
        {"id": "neurons-new", "statement": "It is new.", "history": "new", "reworded": "It is nearly new."},
        {"id": "neurons-unmeasured", "statement": "Who knows.", "history": "changed"},
    ],
    "withdrawn": [
        {"id": "baseline-gone", "why": "A <mean> is no rule.", "instead": ["baseline-instead"]},
        {"id": "neurons-identity", "why": "It is an identity.", "instead": []},
    ],
}


def _first(claim: str, verdict: str, again: str) -> dict[str, Any]:
    fresh = {"verdict": again, "effect": -0.125, "interval": [-0.25, 0.0], "p_value": 0.5, "n_seeds": 24}
    said = {"id": claim, "statement": f"{claim} > 0.", "verdict": verdict, "effect": 0.5, "interval": [0.25, 0.75]}
    return said | {"form": "+.2f", "again": fresh}


FIRST = {
    claim["id"]: claim
    for claim in (
        _first("baseline-kept", "holds", "holds"),
        _first("baseline-gone", "holds", "fails"),
        _first("baseline-changed", "mixed", "holds"),
        _first("neurons-identity", "fails", "fails"),
        _first("neurons-unmeasured", "fails", "holds"),
    )
}


def _judged(claim: str, verdict: str, **fields: Any) -> Judged:
    declared = next(one for one in DECLARED["claims"] if one["id"] == claim)
    made = Claim(
        **{
            "estimand": "mean",
            "measure": "how much > nothing",
            "direction": "greater",
            "smallest": 0.1,
            "null": "nothing",
            "populations": ("the baseline population",),
            "effects": lambda population: None,
            "form": "+.2f",
        }
        | declared
        | fields
    )
    judgment = Judgment(
        effect=0.5, interval=(0.25, 0.75), p_above=0.0002, p_below=0.9998, p_value=0.0004, verdict="holds"
    )
    evidence = Evidence(claim=made, effects=np.full(24, 0.5), seeds=tuple(range(24, 48)), judgment=judgment)
    return Judged(evidence=evidence, p_value=0.004, verdict=verdict)  # type: ignore[arg-type]


JUDGED = {
    "baseline": [
        _judged("baseline-kept", "holds", note="It was known & said."),
        _judged("baseline-changed", "mixed", direction="absent"),
        _judged("baseline-instead", "fails", direction="less", images=True),
    ],
    "neurons": [_judged("neurons-new", "holds", estimand="share", unit="pair")],
}


@pytest.fixture(autouse=True)
def book(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stand in for both editions: of the second one claim is declared and not measured yet."""
    for module in (editions, cards, chapters):
        monkeypatch.setattr(module, "declared", lambda: DECLARED)
    monkeypatch.setattr(editions, "first", lambda: FIRST)
    monkeypatch.setattr(cards, "CHAPTERS", dict.fromkeys(JUDGED))
    monkeypatch.setattr(
        cards, "judge", lambda chapter: {judged.evidence.claim.id: judged for judged in JUDGED[chapter]}
    )


def _parsed(html: str) -> ElementTree.Element:
    """Return a piece of a page as a tree; that it is one says that its tags match and its text is escaped."""
    html = re.sub("<script.*?</script>", "", html, flags=re.DOTALL)
    closed = re.sub("<(input[^>]*)>", r"<\1/>", html.replace(" checked", ""))
    return ElementTree.fromstring(f"<div>{closed}</div>")


def _text(element: ElementTree.Element) -> str:
    return "".join(element.itertext())


def _details(card: ElementTree.Element) -> dict[str, str]:
    return {_text(name): _text(said) for name, said in zip(card.iter("dt"), card.iter("dd"), strict=True)}


def test_a_claim_of_the_first_edition_was_kept_changed_or_withdrawn() -> None:
    assert {claim: editions.outcome(claim) for claim in FIRST} == {
        "baseline-kept": "kept",
        "baseline-gone": "withdrawn",
        "baseline-changed": "changed",
        "neurons-identity": "withdrawn",
        "neurons-unmeasured": "changed",
    }


def test_what_is_withdrawn_is_told_by_page() -> None:
    assert [one["id"] for one in editions.withdrawn()] == ["baseline-gone", "neurons-identity"]
    assert [one["id"] for one in editions.withdrawn("neurons")] == ["neurons-identity"]
    assert editions.withdrawn("cnn") == []


def test_what_replicates_is_counted() -> None:
    assert editions.replication() == {
        "claims": 5,
        "replicated": 2,
        "flipped": 2,  # from mixed to holds is neither
        "kept": 1,
        "changed": 2,
        "withdrawn": 2,
    }


def test_a_chapter_shows_its_claims_then_what_it_withdrew_with_reason_and_anchor() -> None:
    page = _parsed(cards.cards("baseline")._repr_html_())
    articles = list(page.iter("article"))
    assert [(one.get("id"), one.get("data-verdict")) for one in articles] == [
        ("baseline-kept", "holds"),
        ("baseline-changed", "mixed"),
        ("baseline-instead", "fails"),
        ("baseline-gone", "withdrawn"),
    ]
    order = [(one.tag, one.get("class") or one.get("id")) for one in page]
    assert order[3] == ("p", "mi-claims-gone")
    gone = articles[-1]
    assert _text(gone).startswith("Withdrawn baseline-gone > 0.")
    assert "A <mean> is no rule. Instead: 1 < 2 & so on." in _text(gone)
    assert [link.get("href") for link in gone.iter("a")] == ["baseline.html#baseline-instead"]
    assert [(one.tag, one.get("open")) for one in gone] == [("p", None), ("details", None)]


def test_a_card_says_what_decided_its_verdict() -> None:
    kept, changed, instead, _ = _parsed(cards.cards("baseline").text).iter("article")
    assert _text(kept).startswith("Holds It grows.")
    assert _details(kept) == {
        "Measured": "how much > nothing",
        "Effect": "+0.50 (+0.25 to +0.75), mean and 95% interval over seeds",
        "Needed": "above +0.10",
        "Compared with": "nothing",
        "Networks": "24, seeds 24–47",
        "p": ".004 in the chapter, .036 over the book; one-sided < .001 above and 1.000 below the margin",
        "Known before": "It was known & said.",
    }
    assert _details(changed)["Needed"] == "within ±0.10"
    assert _details(changed)["Why mixed"] == "clear of the margin by itself, not among all claims of nine chapters"
    assert _details(changed)["First edition"] == "the same question, computed differently"
    assert _details(instead)["Needed"] == "below +0.10"
    assert _details(instead)["Effect"].endswith("over seeds and test images")
    (new, identity) = _parsed(cards.cards("neurons").text).iter("article")
    assert _text(new).startswith("Holds It is nearly new.")
    assert _details(new)["Reworded since; before"] == "It is new."
    assert _details(new)["Effect"].endswith("share of networks and 95% interval over pairs of seeds")
    assert "Instead" not in _text(identity)


def test_a_chapter_that_withdrew_nothing_has_no_heading_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(editions, "declared", lambda: DECLARED | {"withdrawn": []})
    assert "mi-claims-gone" not in cards.cards("baseline").text


def _machine_list(html: str, name: str) -> list[dict[str, Any]]:
    (found,) = re.findall(f'<script type="application/json" id="{name}-json">(.*?)</script>', html, re.DOTALL)
    return json.loads(found)


def test_the_table_has_a_row_for_each_claim_that_filters_can_hide() -> None:
    html = cards.table().text
    page = _parsed(html)
    (body,) = page.iter("tbody")
    assert [(row.get("data-chapter"), row.get("data-verdict")) for row in body] == [
        ("baseline", "holds"),
        ("baseline", "mixed"),
        ("baseline", "fails"),
        ("neurons", "holds"),
    ]
    assert [[cell.get("data-label") for cell in row] for row in body] == [[_text(head) for head in page.iter("th")]] * 4
    assert [_text(cell) for cell in body[2]] == [
        "fails",
        "1 < 2 & so on.",
        "1",
        "+0.50 (+0.25 to +0.75)",
        "below +0.10",
        "24",
        ".004",
        ".036",
    ]
    assert next(body[2].iter("a")).get("href") == "baseline.html#baseline-instead"
    assert _machine_list(html, "claims") == [
        json.loads(json.dumps(judged.as_json())) for claims in JUDGED.values() for judged in claims
    ]


def test_each_choice_of_a_filter_hides_what_it_does_not_name() -> None:
    html = cards.table().text
    page = _parsed(html)
    choices = {group: [] for group in ("chapter", "verdict")}
    for choice in page.iter("input"):
        choices[choice.get("name").removeprefix("mi-")].append(choice.get("value"))
    assert choices == {"chapter": ["all", "baseline", "neurons"], "verdict": ["all", "holds", "mixed", "fails"]}
    assert re.findall(r'value="(\w+)" checked', html) == ["all", "all"]
    assert [_text(label) for label in page.iter("label")] == ["all", "1", "2", "all", "holds", "mixed", "fails"]
    (style,) = page.iter("style")
    hidden = [
        f'.mi-claims:has([name="mi-{group}"][value="{name}"]:checked) tr[data-{group}]:not([data-{group}="{name}"])'
        for group, names in choices.items()
        for name in names[1:]
    ]
    assert style.text == ",".join(hidden) + "{display:none}"


def test_the_first_edition_is_shown_with_fresh_seeds_and_what_became_of_each_claim() -> None:
    html = cards.first_edition().text
    page = _parsed(html)
    (body,) = page.iter("tbody")
    assert len(body) == len(FIRST)
    cells = {_text(row[1]): {cell.get("data-label"): cell for cell in row} for row in body}
    gone = cells["baseline-gone > 0."]
    assert {name: _text(cell) for name, cell in gone.items()} == {
        "Verdict": "holds",
        "First edition": "baseline-gone > 0.",
        "Effect": "+0.50 (+0.25 to +0.75)",
        "Fresh seeds": "fails −0.12 (−0.25 to 0)",
        "Now": "Withdrawn. A <mean> is no rule. fails 1 < 2 & so on.",
    }
    assert [link.get("href") for link in gone["Now"].iter("a")] == ["baseline.html#baseline-instead"]
    now = {claim.removesuffix(" > 0."): _text(row["Now"]).strip() for claim, row in cells.items()}
    assert now == {
        "baseline-kept": "Kept: holds",
        "baseline-gone": _text(gone["Now"]),
        "baseline-changed": "Computed differently: mixed",
        "neurons-identity": "Withdrawn. It is an identity.",
        "neurons-unmeasured": "Computed differently; not measured yet.",
    }
    assert _machine_list(html, "claims-edition-1") == list(FIRST.values())


def test_a_list_for_machines_cannot_end_its_own_element() -> None:
    (text,) = re.findall(">(.*)</script>", cards._for_machines("made", ["</script><b>"]), re.DOTALL)
    assert "</" not in text
    assert json.loads(text) == ["</script><b>"]


@pytest.mark.parametrize(
    ("chapter", "expected"),
    [("baseline", {"holds": 1, "mixed": 1, "fails": 1}), (None, {"holds": 2, "mixed": 1, "fails": 1})],
)
def test_verdicts_are_counted_of_a_chapter_or_of_the_book(chapter: str | None, expected: dict[str, int]) -> None:
    assert cards.count(chapter) == expected


@pytest.mark.parametrize(
    ("p_value", "expected"), [(0.0009, "< .001"), (0.001, ".001"), (0.0436, ".044"), (1.0, "1.000")]
)
def test_a_p_value_is_written_as_a_reader_wants_it(p_value: float, expected: str) -> None:
    assert cards.format_p(p_value) == expected
