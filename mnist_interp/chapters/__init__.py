"""Frames and words for the pages, a folder a chapter: what its cells draw, laid out from what experiments measured."""
