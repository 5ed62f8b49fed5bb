"""The site: its files, read and checked; the only place that reads the environment."""
