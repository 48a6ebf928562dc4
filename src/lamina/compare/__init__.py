"""Deep networks beside flat algorithms, against the amount of data."""
