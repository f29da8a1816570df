"""How the pictures in docs/images are made."""
