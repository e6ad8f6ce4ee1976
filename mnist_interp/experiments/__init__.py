"""Methods applied to runs and populations, kept by the store."""
