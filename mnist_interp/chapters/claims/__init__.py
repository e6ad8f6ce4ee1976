"""The page of claims: its numbers and its list of exact checks."""
