"""Every kind of network on real data, beside its peers: `python -m benchmarks.kinds NAME`."""
