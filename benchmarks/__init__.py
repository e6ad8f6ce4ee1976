"""What the fast ways save: each beside the plain way, in one run. ``python -m benchmarks`` prints a table."""
