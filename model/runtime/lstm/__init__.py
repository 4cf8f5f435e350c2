"""The LSTM of a fit on a CPU: steps in compiled loops, and in TensorFlow what does not wait for a step."""
