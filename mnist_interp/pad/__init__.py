"""Your digit: a pad to draw on, and what four networks of the book make of the drawing, computed in the page."""
