"""How well people are understood, measured on messages that no training data has seen."""
