"""`sweep doctor`: what is running, stuck, orphaned or out of step, and what repairing it would do."""

from sweep.doctor.diagnosis import Diagnosis
from sweep.doctor.visit import CHECKS, examine, repair

__all__ = ["CHECKS", "Diagnosis", "examine", "repair"]
