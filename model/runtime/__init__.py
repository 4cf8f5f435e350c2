"""From ids to emissions: what runs the network.

windows -> padding -> onnx (CPU) or tensorflow (the Keras network itself)
network, dropout: the Keras network, which training fits. These two and `tensorflow` alone import TensorFlow.
"""
