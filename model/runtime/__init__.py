"""From ids to emissions: what runs the network.

batching (rows, padded) -> a runtime: onnx (CPU), cuda (the same graph on a GPU) or tensorflow (the Keras network).
base: what each is. choice: by name.
network, dropout: the Keras network, which training fits. These two and `tensorflow` alone import TensorFlow.
"""
