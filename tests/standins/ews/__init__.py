"""A stateful Exchange server of our own for the operations we use; the real exchangelib talks to it."""
