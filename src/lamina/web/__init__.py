"""What the HTTP doors share: limits, who may ask, refusals and their statuses, bodies, batches, running an app."""
