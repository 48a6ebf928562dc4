"""Learning: losses, metrics, optimizers, schedules, the compiled epoch and the loop. Knows arrays only."""
