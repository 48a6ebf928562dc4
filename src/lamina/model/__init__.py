"""Model: encoder, network, task and weights as one thing and one file; training it from raw data."""
