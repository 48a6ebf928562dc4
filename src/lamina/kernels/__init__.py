"""Array primitives, right on every device and fast on CPUs."""
