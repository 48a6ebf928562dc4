"""The time of a training step of ten networks, beside other libraries in the same run."""
