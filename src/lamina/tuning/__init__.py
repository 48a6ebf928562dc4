"""Search for better settings and a better network: one study, chosen by the validation part alone."""
