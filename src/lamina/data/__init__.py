"""Raw files -> Dataset -> fitted encoders -> arrays."""
