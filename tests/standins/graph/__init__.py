"""Microsoft Graph and Entra as far as a mailbox needs them: on this machine, stateful, misbehaving when told to."""
