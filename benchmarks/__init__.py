"""What the fast ways save: each beside the plain way, in turn, in one run. ``python -m benchmarks`` prints the table."""
