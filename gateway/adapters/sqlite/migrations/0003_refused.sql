-- News that could not be accepted, with what is wrong with them (a JSON list of problems): put aside until a person has them read again.
CREATE TABLE refused (
    id TEXT NOT NULL PRIMARY KEY,
    system TEXT NOT NULL,
    kept_at INTEGER NOT NULL,
    refused_at INTEGER NOT NULL,
    code TEXT NOT NULL,
    problems TEXT NOT NULL,
    media_type TEXT NOT NULL,
    memo TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    size INTEGER NOT NULL,
    body BLOB NOT NULL
);
CREATE INDEX refused_newest ON refused (refused_at, id);

ALTER TABLE news ADD COLUMN again INTEGER NOT NULL DEFAULT 0;
