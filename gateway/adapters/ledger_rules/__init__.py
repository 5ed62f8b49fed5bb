"""What both ledgers decide alike, without a word of SQL: commands in, changes and answers out."""
