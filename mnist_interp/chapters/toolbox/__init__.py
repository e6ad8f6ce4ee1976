"""The toolbox page: instruments on a network that is not the book's."""
