"""The lesion bench of a reader's own network, as one file."""
