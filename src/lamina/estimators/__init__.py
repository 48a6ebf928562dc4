"""scikit-learn's own interface to Lamina's models: estimators for pipelines, searches and cross-validation."""
