-- An id of a delivery is its transfer's id, a dot, and a number. Ids compare byte by byte.

CREATE TABLE dossier (
    id text COLLATE "C" PRIMARY KEY,
    origin text NOT NULL,
    procedure text NOT NULL,
    opened_at timestamptz NOT NULL
);

-- `number` keeps the order in which the ids were learnt. `issuer`: NULL when not said, '' when said to be none.
CREATE TABLE identifier (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    value text COLLATE "C" NOT NULL,
    scheme text COLLATE "C" NOT NULL,
    issuer text,
    dossier_id text COLLATE "C" NOT NULL,
    CONSTRAINT identifier_owner UNIQUE (value, scheme)
);
CREATE INDEX identifier_dossier ON identifier (dossier_id);

-- `raw` is NULL when the bytes as they came are those of `canonical`.
CREATE TABLE transfer (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id text COLLATE "C" NOT NULL,
    sender text COLLATE "C" NOT NULL,
    message_id text COLLATE "C" NOT NULL,
    dossier_id text COLLATE "C" NOT NULL,
    event text NOT NULL,
    procedure text NOT NULL,
    digest text NOT NULL,
    accepted_at timestamptz NOT NULL,
    destinations text NOT NULL,
    raw_media_type text NOT NULL,
    canonical bytea,
    raw bytea,
    CONSTRAINT transfer_id UNIQUE (id),
    CONSTRAINT transfer_message UNIQUE (sender, message_id)
);
CREATE INDEX transfer_dossier ON transfer (dossier_id, number);

CREATE TABLE delivery (
    id text COLLATE "C" PRIMARY KEY,
    transfer_id text COLLATE "C" NOT NULL,
    destination text COLLATE "C" NOT NULL,
    dossier_id text COLLATE "C" NOT NULL,
    position bigint NOT NULL,
    state text COLLATE "C" NOT NULL CHECK (state IN (
        'cancelled', 'deferred', 'delivered', 'parked', 'queued', 'rejected', 'sending', 'unknown', 'waiting')),
    attempts integer NOT NULL,
    accepted_at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL,
    due_at timestamptz NOT NULL,
    publish_at timestamptz NOT NULL,
    lease_until timestamptz,
    failing_since timestamptz,
    fence bigint NOT NULL,
    owner text NOT NULL,
    ask_first boolean NOT NULL,
    cause text NOT NULL,
    text text NOT NULL,
    reference text NOT NULL,
    -- The order of a lane.
    CONSTRAINT delivery_lane UNIQUE (dossier_id, destination, position)
);
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
    destination text COLLATE "C" NOT NULL,
    dossier_id text COLLATE "C" NOT NULL,
    reference text NOT NULL,
    opened_at timestamptz NOT NULL,
    asked_at timestamptz,
    PRIMARY KEY (destination, dossier_id)
);
CREATE INDEX open_case_asked ON open_case (destination, asked_at NULLS FIRST, opened_at);

CREATE TABLE checkpoint (
    name text COLLATE "C" PRIMARY KEY,
    value text NOT NULL
);

CREATE TABLE journal (
    number bigint PRIMARY KEY,
    at timestamptz NOT NULL,
    transfer_id text COLLATE "C" NOT NULL,
    delivery_id text COLLATE "C" NOT NULL,
    before text NOT NULL,
    after text NOT NULL,
    who text NOT NULL,
    why text NOT NULL,
    chain bytea NOT NULL
);
CREATE INDEX journal_transfer ON journal (transfer_id, number);
CREATE FUNCTION journal_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the journal is append-only';
END
$$;
CREATE TRIGGER journal_keeps_rows BEFORE UPDATE OR DELETE ON journal
    FOR EACH ROW EXECUTE FUNCTION journal_is_append_only();
CREATE TRIGGER journal_keeps_all BEFORE TRUNCATE ON journal
    FOR EACH STATEMENT EXECUTE FUNCTION journal_is_append_only();

-- The end of the chain: shows that nothing was cut off behind it, and gives the journal one order, for whoever appends holds this row.
CREATE TABLE journal_head (
    one integer PRIMARY KEY CHECK (one = 1),
    number bigint NOT NULL,
    chain bytea NOT NULL
);
INSERT INTO journal_head (one, number, chain) VALUES (1, 0, decode(repeat('00', 32), 'hex'));

-- The faster compression, where the server has it.
DO $$
BEGIN
    EXECUTE 'ALTER TABLE transfer ALTER canonical SET COMPRESSION lz4, ALTER raw SET COMPRESSION lz4';
EXCEPTION WHEN feature_not_supported OR syntax_error THEN
    NULL;
END
$$;
