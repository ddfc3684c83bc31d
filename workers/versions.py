"""What results were computed by. Results of two versions are never mixed.

EVALUATION  counts the ways of scoring: to be raised when the same weights would get other scores
KERNEL      counts the ways of training: to be raised when the same trial and seed would get other weights, be it in
            their last digits, which training may enlarge

What a processor rounds otherwise than another one is no other way.
"""

EVALUATION = 2
KERNEL = 2
