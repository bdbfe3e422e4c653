"""The HTTP face of the practice cloud: one application per service."""
