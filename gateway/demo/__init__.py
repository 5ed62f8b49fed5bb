"""The demonstration: simulated agencies on loopback, and a real gateway between them."""
