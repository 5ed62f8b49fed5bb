"""The connectors: one folder for each kind of agency system, all alike."""
