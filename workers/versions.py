"""What results were computed by. Results of two versions are never mixed.

EVALUATION  counts the ways of scoring: to be raised when the same weights would get other scores
KERNEL      counts the ways of training: to be raised when the same trial and seed would get other weights
"""

EVALUATION = 3
KERNEL = 2
