"""Servers of our own that speak another's wire, so that the real clients can talk to them."""
