"""The book's claims: one module a chapter, each claim a function from runs to evidence, judged by one rule."""

from mnist_interp.claims.cards import cards, count, table
from mnist_interp.claims.chapters import CHAPTERS, Judged, judge
from mnist_interp.claims.claim import Claim, Evidence, verdict, weigh

__all__ = ["CHAPTERS", "Claim", "Evidence", "Judged", "cards", "count", "judge", "table", "verdict", "weigh"]
