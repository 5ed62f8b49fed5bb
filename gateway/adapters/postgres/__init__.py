"""The backing beyond one machine: a PostgreSQL database."""
