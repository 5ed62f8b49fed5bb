"""What the gateway talks about, as pure values and pure decisions."""
