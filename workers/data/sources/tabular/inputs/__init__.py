"""What a model is given of a table at each row: the kinds of entries that the field `inputs` may have."""
