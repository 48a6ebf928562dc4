"""Benchmarks: peers side by side in one run, and the command that made each figure; see README.md here."""
