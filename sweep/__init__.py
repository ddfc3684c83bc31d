"""Decides what to train and records what happened; never imports tensorflow."""
