"""Label Studio's calls to an ML backend."""
