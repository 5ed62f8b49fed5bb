-- Instants are microseconds since 1970 in UTC. An id of a delivery is its transfer's id, a dot, and a number.

CREATE TABLE dossier (
    id TEXT PRIMARY KEY NOT NULL,
    origin TEXT NOT NULL,
    procedure TEXT NOT NULL,
    opened_at INTEGER NOT NULL
) WITHOUT ROWID;

-- `number` keeps the order in which the ids were learnt. `issuer`: NULL when not said, '' when said to be none.
CREATE TABLE identifier (
    number INTEGER PRIMARY KEY,
    value TEXT NOT NULL,
    scheme TEXT NOT NULL,
    issuer TEXT,
    dossier_id TEXT NOT NULL
);
CREATE UNIQUE INDEX identifier_owner ON identifier (value, scheme);
CREATE INDEX identifier_dossier ON identifier (dossier_id);

-- `raw` is NULL when the bytes as they came are those of `canonical`.
CREATE TABLE transfer (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL,
    sender TEXT NOT NULL,
    message_id TEXT NOT NULL,
    dossier_id TEXT NOT NULL,
    event TEXT NOT NULL,
    procedure TEXT NOT NULL,
    digest TEXT NOT NULL,
    accepted_at INTEGER NOT NULL,
    destinations TEXT NOT NULL,
    raw_media_type TEXT NOT NULL,
    canonical BLOB,
    raw BLOB
);
CREATE UNIQUE INDEX transfer_id ON transfer (id);
CREATE UNIQUE INDEX transfer_message ON transfer (sender, message_id);
CREATE INDEX transfer_dossier ON transfer (dossier_id, number);

CREATE TABLE delivery (
    id TEXT PRIMARY KEY NOT NULL,
    transfer_id TEXT NOT NULL,
    destination TEXT NOT NULL,
    dossier_id TEXT NOT NULL,
    position INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN (
        'cancelled', 'deferred', 'delivered', 'parked', 'queued', 'rejected', 'sending', 'unknown', 'waiting')),
    attempts INTEGER NOT NULL,
    accepted_at INTEGER NOT NULL,
    changed_at INTEGER NOT NULL,
    due_at INTEGER NOT NULL,
    publish_at INTEGER NOT NULL,
    lease_until INTEGER,
    failing_since INTEGER,
    fence INTEGER NOT NULL,
    owner TEXT NOT NULL,
    ask_first INTEGER NOT NULL,
    cause TEXT NOT NULL,
    text TEXT NOT NULL,
    reference TEXT NOT NULL
) WITHOUT ROWID;
-- The order of a lane.
CREATE UNIQUE INDEX delivery_lane ON delivery (dossier_id, destination, position);
-- At most one of a lane is active.
CREATE UNIQUE INDEX delivery_active ON delivery (dossier_id, destination)
    WHERE state IN ('queued', 'sending', 'deferred', 'unknown', 'parked');
-- What a sweep looks for.
CREATE INDEX delivery_moving ON delivery (state, publish_at)
    WHERE state IN ('queued', 'sending', 'deferred', 'unknown');
-- What is not final, by destination, oldest first.
CREATE INDEX delivery_open ON delivery (destination, accepted_at, id)
    WHERE state IN ('queued', 'sending', 'deferred', 'unknown', 'parked', 'waiting');
CREATE INDEX delivery_accepted ON delivery (accepted_at, id);

CREATE TABLE open_case (
    destination TEXT NOT NULL,
    dossier_id TEXT NOT NULL,
    reference TEXT NOT NULL,
    opened_at INTEGER NOT NULL,
    asked_at INTEGER,
    PRIMARY KEY (destination, dossier_id)
) WITHOUT ROWID;
CREATE INDEX open_case_asked ON open_case (destination, asked_at, opened_at);

CREATE TABLE checkpoint (
    name TEXT PRIMARY KEY NOT NULL,
    value TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE journal (
    number INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    transfer_id TEXT NOT NULL,
    delivery_id TEXT NOT NULL,
    before TEXT NOT NULL,
    after TEXT NOT NULL,
    who TEXT NOT NULL,
    why TEXT NOT NULL,
    chain BLOB NOT NULL
);
CREATE INDEX journal_transfer ON journal (transfer_id, number);
CREATE TRIGGER journal_keeps_entries BEFORE DELETE ON journal
    BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
CREATE TRIGGER journal_keeps_words BEFORE UPDATE ON journal
    BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;

-- The end of the chain: shows that nothing was cut off behind it.
CREATE TABLE journal_head (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    number INTEGER NOT NULL,
    chain BLOB NOT NULL
);
INSERT INTO journal_head (one, number, chain) VALUES (1, 0, zeroblob(32));
