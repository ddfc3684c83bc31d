"""From a CSV or Parquet file to rows of numbers: cells are read, and what is wrong with rows is mended or refused."""
