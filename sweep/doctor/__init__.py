"""`sweep doctor`: what is running, stuck, orphaned or out of step in a study, and what a repair would do.

A check reads the state of a study and returns findings. `examine` runs all checks and returns a diagnosis; `repair`
repairs what it found. `sweep.doctor.deployment` does the same for the security of services, and repairs nothing.
"""

from sweep.doctor.diagnosis import Diagnosis
from sweep.doctor.examination import CHECKS, examine
from sweep.doctor.repairs import repair

__all__ = ["CHECKS", "Diagnosis", "examine", "repair"]
