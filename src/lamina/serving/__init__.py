"""Predictions over HTTP: the Open Inference Protocol, plain routes for people, a page to try a model on."""
