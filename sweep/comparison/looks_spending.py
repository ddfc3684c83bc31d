"""What each look at a comparison may spend of the probability of a false result, however many looks there will be."""

FIRST_SHARE = 3 / 4
NEXT_SHARE = 1 / 4  # of what the look before might spend: the shares of all looks add up to 1


def spent(alpha: float, looks_before: int) -> float:
    """The part of `alpha` that a look may spend after so many others: 3/4 of it, 3/16, 3/64, ...

    The sum over all looks is `alpha`. So the chance that any look errs is at most `alpha`, whatever number of looks is
    taken and for whatever reason: no look depends on how many will follow.

    Source: Lan & DeMets 1983, Discrete sequential boundaries for clinical trials, Biometrika 70: an increasing function
    of what is spent, fixed before the first look. What this one spends is not corrected for the correlation of looks.
    """
    return alpha * FIRST_SHARE * NEXT_SHARE**looks_before
