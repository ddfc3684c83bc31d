"""The console script `sweep`: one file a command."""
