"""What a look may spend of the probability of a false answer."""

PART = 1 / 4  # of what one look spends, the next spends


def spent(alpha: float, looks_before: int) -> float:
    """What the look after so many others may spend, so that all looks together, however many, spend alpha at most.

    It is 3/4 alpha for the first, and a quarter of that of the look before for each other: the sum of the series is
    alpha, for any reason to look again.

    Source: Lan & DeMets 1983, Discrete sequential boundaries for clinical trials, Biometrika 70.
    """
    return (1 - PART) * alpha * PART**looks_before
