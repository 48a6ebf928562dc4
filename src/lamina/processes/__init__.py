"""One run in several processes, of one machine or of many."""
