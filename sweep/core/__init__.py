"""What every room of `sweep` stands on: errors, trials, the log, exit codes."""
