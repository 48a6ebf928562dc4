"""Layers: recipes for computations, one family a file."""
