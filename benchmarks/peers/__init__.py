"""One program a library: each trains the same network on the same data and times every epoch."""
