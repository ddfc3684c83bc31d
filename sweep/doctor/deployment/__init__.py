"""`sweep doctor --security`: what unauthenticated callers could read, write or run in a deployment."""

from sweep.doctor.deployment.examination import CHECKS, examine

__all__ = ["CHECKS", "examine"]
