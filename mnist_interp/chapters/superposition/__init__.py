"""What only lays out results for chapter 7, "Superposition and polysemanticity": frames, figures, glued numbers."""
