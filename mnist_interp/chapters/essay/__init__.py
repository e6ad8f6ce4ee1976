"""The essay: one question, told for readers of nothing else."""
