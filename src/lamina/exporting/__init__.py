"""Models in other forms: ONNX graphs, and readable programs for NumPy, PyTorch and Keras."""
