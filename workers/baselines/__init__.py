"""Baselines that learn from the training part: what a network must beat to be worth its trouble.

Those that learn nothing are in workers.data.baselines.
"""
