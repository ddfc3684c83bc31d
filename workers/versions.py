"""The versions of what workers compute. Results of different versions are not comparable, and are never mixed.

EVALUATION  counts the ways in which a model was scored: the same weights get another number from another version
KERNEL      counts the ways in which a model was trained: the same seed leads to other weights in another version
"""

EVALUATION = 2
KERNEL = 1
