"""What we do: one verb is one function is one transaction."""
