"""Text to entities: everything that training and the service share. Nothing here needs TensorFlow but `network`."""
