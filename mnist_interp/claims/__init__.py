"""The book's claims: declared as text, measured by one module a chapter, judged by one rule."""

from mnist_interp.claims.cards import cards, count, first_edition, table
from mnist_interp.claims.chapters import CHAPTERS, Judged, judge
from mnist_interp.claims.claim import Claim, Evidence, weigh

__all__ = ["CHAPTERS", "Claim", "Evidence", "Judged", "cards", "count", "first_edition", "judge", "table", "weigh"]
