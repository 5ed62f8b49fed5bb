-- What agencies told when they were asked, until it is accepted.
CREATE TABLE news (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL,
    system TEXT NOT NULL,
    kept_at INTEGER NOT NULL,
    media_type TEXT NOT NULL,
    memo TEXT NOT NULL,
    body BLOB NOT NULL
);
CREATE UNIQUE INDEX news_id ON news (id);
CREATE INDEX news_system ON news (system, number);
