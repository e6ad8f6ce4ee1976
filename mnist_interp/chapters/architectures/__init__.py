"""Chapter 9: a perceptron, a CNN and a transformer, given the same last layer, effort and accuracy."""
