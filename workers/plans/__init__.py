"""An epoch as four small matrices: which windows are read, and how much state survives."""
