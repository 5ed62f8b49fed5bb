"""The embedded backing: one SQLite file."""
