"""How we ask: conversations that read like a script; they return values and send nothing."""
