"""Which faults of the database and of the way to it pass by themselves, and which show that two processes met."""

from __future__ import annotations

import asyncpg

__all__ = ["AWAY", "MET"]

#: The database cannot be reached, or cannot commit now: try again after a pause, over a new connection.
AWAY = (
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
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
