"""Who trains what next: the scheduler, its workers, and what happens when one is lost."""
