-- Which systems may read an attachment: who uploaded it, and who sent or receives a transfer that names it.
CREATE TABLE attachment_reader (
    sha256 bytea NOT NULL,
    system text COLLATE "C" NOT NULL,
    PRIMARY KEY (sha256, system)
);
