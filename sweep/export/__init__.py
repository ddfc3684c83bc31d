"""Writes a study's model into a folder that works without this project: models, card, and a program that trains it."""
