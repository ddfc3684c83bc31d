"""Trains and evaluates: one compiled program for all policies."""
