"""Files: bytes to values and back."""
