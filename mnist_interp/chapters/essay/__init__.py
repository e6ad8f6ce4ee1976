"""The essay: the book's question, for readers of nothing else."""
