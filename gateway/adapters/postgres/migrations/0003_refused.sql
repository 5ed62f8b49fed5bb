-- News that could not be accepted, with what is wrong with them (a JSON list of problems): put aside until a person has them read again.
CREATE TABLE refused (
    id text COLLATE "C" PRIMARY KEY,
    system text COLLATE "C" NOT NULL,
    kept_at timestamptz NOT NULL,
    refused_at timestamptz NOT NULL,
    code text NOT NULL,
    problems text NOT NULL,
    media_type text NOT NULL,
    memo text NOT NULL,
    sha256 text NOT NULL,
    size bigint NOT NULL,
    body bytea NOT NULL
);
CREATE INDEX refused_newest ON refused (refused_at, id);

ALTER TABLE news ADD COLUMN again boolean NOT NULL DEFAULT false;
