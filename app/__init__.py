"""The HTTP service: loads a bundle and tags the texts that clients send."""
