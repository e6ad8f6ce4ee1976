"""The second edition as declared: complete, well formed, and saying of each claim of the first what became of it."""

from __future__ import annotations

import tomllib
from importlib import resources
from typing import get_args

import pytest

from mnist_interp.claims import chapters, editions
from mnist_interp.methods.estimates import Estimand
from mnist_interp.methods.verdicts import Direction
from tests.claims import made

FILES = resources.files("mnist_interp.claims")
DECLARED = tomllib.loads(FILES.joinpath("edition-2.toml").read_text(encoding="utf-8"))
CLAIMS = {claim["id"]: claim for claim in DECLARED["claims"]}
WITHDRAWN = {claim["id"]: claim for claim in DECLARED["withdrawn"]}
FIRST = editions.first()
NEEDED = {"id", "statement", "estimand", "measure", "direction", "smallest", "null", "populations", "history"}
OPTIONAL = {"seeds", "reworded", "remark", "unit", "images", "replaces", "note"}


def test_ids_are_used_once() -> None:
    assert len(CLAIMS) == len(DECLARED["claims"])
    assert len(WITHDRAWN) == len(DECLARED["withdrawn"])
    assert not CLAIMS.keys() & WITHDRAWN.keys()


@pytest.mark.parametrize("claim", CLAIMS)
def test_a_claim_is_fully_declared(claim: str) -> None:
    said = CLAIMS[claim]
    assert NEEDED <= said.keys() <= NEEDED | OPTIONAL
    assert said["direction"] in get_args(Direction)
    assert said["estimand"] in get_args(Estimand)
    assert said["history"] in {"kept", "changed", "new"}
    assert said["direction"] != "absent" or said["smallest"] > 0


@pytest.mark.parametrize("claim", WITHDRAWN)
def test_a_withdrawn_claim_says_why_and_what_stands_instead(claim: str) -> None:
    assert WITHDRAWN[claim]["why"]
    assert CLAIMS.keys() >= set(WITHDRAWN[claim]["instead"])
    assert {one for one, said in CLAIMS.items() if claim in said.get("replaces", [])} <= set(
        WITHDRAWN[claim]["instead"]
    )


def test_what_a_claim_replaces_was_withdrawn() -> None:
    assert WITHDRAWN.keys() >= {one for said in CLAIMS.values() for one in said.get("replaces", [])}


@pytest.mark.parametrize("chapter", chapters.CHAPTERS)
def test_a_chapter_measures_what_is_declared_for_it(chapter: str) -> None:
    measured = [claim.id for claim in chapters.CHAPTERS[chapter].CLAIMS]
    assert measured == [claim for claim in CLAIMS if claim in set(measured)], "in the order of the declarations"
    assert all(claim.startswith(f"{chapter}-") for claim in measured)


@pytest.mark.parametrize("claim", made.claims())
def test_a_measured_claim_is_as_declared(claim: str) -> None:
    found = made.claims()[claim]
    for name, value in CLAIMS[claim].items():
        assert getattr(found, name) == (tuple(value) if isinstance(value, list) else value)


@pytest.mark.parametrize("claim", FIRST)
def test_each_claim_of_the_first_edition_is_kept_or_withdrawn(claim: str) -> None:
    assert (claim in CLAIMS) != (claim in WITHDRAWN)
    assert claim in WITHDRAWN or CLAIMS[claim]["history"] in {"kept", "changed"}


@pytest.mark.parametrize("claim", [one for one, said in CLAIMS.items() if said["history"] != "new"])
def test_what_is_kept_keeps_direction_and_smallest_effect(claim: str) -> None:
    then = FIRST[claim]
    assert (CLAIMS[claim]["direction"], CLAIMS[claim]["smallest"]) == (then["direction"], then["smallest"])


@pytest.mark.parametrize("claim", WITHDRAWN)
def test_only_what_was_claimed_is_withdrawn(claim: str) -> None:
    assert claim in FIRST
