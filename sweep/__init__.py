"""Decides what to train and records what happened; never imports tensorflow."""

__version__ = "0.1.0"
