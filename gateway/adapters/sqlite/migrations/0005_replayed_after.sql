-- How many attempts had ended when a person last replayed a delivery: its budget begins anew there.
ALTER TABLE delivery ADD COLUMN replayed_after INTEGER NOT NULL DEFAULT 0;
