"""Which faults of the database and of the way to it pass by themselves, and which show that two processes met."""

from __future__ import annotations

import asyncpg

__all__ = ["AWAY", "MET", "is_away"]

#: The database cannot be reached, or cannot commit now: try again after a pause, over a new connection.
AWAY = (
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    # What the client says when a statement meets the very moment in which its connection dies.
    asyncpg.InternalClientError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    # A password that is being changed, a database that is being restored.
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.ReadOnlySQLTransactionError,
    asyncpg.PostgresSystemError,
    asyncpg.QueryCanceledError,
    OSError,
    TimeoutError,
)

#: Another process was faster: the same transaction, run again, sees what that one did.
MET = (
    asyncpg.UniqueViolationError,
    asyncpg.DeadlockDetectedError,
    asyncpg.SerializationError,
)


def is_away(error: Exception) -> bool:
    """Tell whether an error speaks of the database; a value that cannot be sent is the caller's, whatever class the client gives it."""
    return isinstance(error, AWAY) and not isinstance(error, ValueError)
