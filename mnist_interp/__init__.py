"""Interpreting MNIST: the package that the chapters of the book call."""
