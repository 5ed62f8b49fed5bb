-- What agencies told when they were asked, until it is accepted.
CREATE TABLE news (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id text COLLATE "C" NOT NULL,
    system text COLLATE "C" NOT NULL,
    kept_at timestamptz NOT NULL,
    media_type text NOT NULL,
    memo text NOT NULL,
    body bytea NOT NULL,
    CONSTRAINT news_id UNIQUE (id)
);
CREATE INDEX news_system ON news (system, number);
