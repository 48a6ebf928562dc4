"""Figures of ideas, of runs and of models, and the report that gathers them."""
