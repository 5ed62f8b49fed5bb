-- Which systems may read an attachment: who uploaded it, and who sent or receives a transfer that names it.
CREATE TABLE attachment_reader (
    sha256 BLOB NOT NULL,
    system TEXT NOT NULL,
    PRIMARY KEY (sha256, system)
) WITHOUT ROWID;
