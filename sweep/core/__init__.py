"""What every room of `sweep` uses: errors and exit codes, trials, the log, words of messages, what may be shown."""
