"""Looks at a table that no study file describes yet: how its file is written, and what its columns hold."""
