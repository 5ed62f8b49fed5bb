"""The doors: REST v1, inbox, attachments, routes of connectors, health and metrics."""
