"""Deep beside flat: a network, flat algorithms and guessing on the same folds, with growing amounts of data."""
