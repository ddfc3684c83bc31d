"""Writes a first study of a table: what was seen of it becomes choices, and these a commented study file."""
