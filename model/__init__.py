"""Text to entities: what training and the service share.

TensorFlow is needed by `network`, `dropout` and `tensorflow_runtime` alone.
"""
