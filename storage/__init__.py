"""What we remember: the only SQLAlchemy code."""
