"""All data of a split on one flat timeline, and how it is read, split and scaled."""
