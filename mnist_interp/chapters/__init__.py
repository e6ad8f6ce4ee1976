"""Frames, figures and numbers for the pages, one folder per chapter: laid out from what experiments measured.

Words stay in the page: a figure's caption and description are arguments of the function that composes it.
"""
