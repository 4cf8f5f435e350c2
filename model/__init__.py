"""Text to entities: what training and the service share.

TensorFlow is needed by `runtime.network`, `runtime.dropout` and `runtime.tensorflow` alone.
"""
