"""Contract suites that anything behind a port, and any connector, has to pass; never imported by the gateway."""
