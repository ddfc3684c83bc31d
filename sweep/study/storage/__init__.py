"""The storage, which docs call the ledger: Optuna's tables and ours, in one database."""
