"""Digits, what can be done to them, and figures that somebody published of them."""
