"""The pages' half of chapter 8: frames, figures and numbers of pruning with an exact oracle."""
