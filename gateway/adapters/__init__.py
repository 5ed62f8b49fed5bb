"""The outside: one adapter for each library or server that the gateway talks to."""
