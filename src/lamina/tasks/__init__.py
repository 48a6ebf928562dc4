"""What is learnt: how wide the output is, what is minimized, and what an output means."""
