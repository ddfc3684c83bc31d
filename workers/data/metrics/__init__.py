"""The metrics that a study file asks for beside those of its loss: tables of them, and the rows that they judge."""
