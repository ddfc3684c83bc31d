"""What a training loop of one's own needs to handle state as the engine does; `workers/__init__.py` names it."""
