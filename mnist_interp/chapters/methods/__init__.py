"""The page of methods: costs, seeds, versions, tolerances, benchmarks, and the way from digits to a page."""
