"""`python -m sweep.launch`: one launch of a study, from its file to its verdict."""
