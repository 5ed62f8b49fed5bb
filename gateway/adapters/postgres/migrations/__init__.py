"""The numbered steps that make the schema; a step that was published is never changed."""
