"""Private RabbitMQ and PostgreSQL servers on loopback, for the demonstration and the tests; never for a site."""

from gateway.devservers.child import ServerFailed, ServerMissing
from gateway.devservers.postgres import Postgres, private_postgres
from gateway.devservers.rabbitmq import RabbitMQ, private_rabbitmq

__all__ = ["Postgres", "RabbitMQ", "ServerFailed", "ServerMissing", "private_postgres", "private_rabbitmq"]
