"""One example's arithmetic, forwards and backwards, and what in the input mattered."""
