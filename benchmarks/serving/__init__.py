"""Load on a prediction server, by a driver that checks every answer."""
