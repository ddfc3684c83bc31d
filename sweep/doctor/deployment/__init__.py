"""`sweep doctor --security`: what somebody without business there could read, write or run in a deployment."""

from sweep.doctor.deployment.visit import CHECKS, examine

__all__ = ["CHECKS", "examine"]
