"""The address of a study's model in MLflow; this file imports no MLflow."""

SCHEME = "models:/"
CHAMPION = "champion"  # the alias of the version that is deployed


def address(study: str) -> str:
    """Of a study's deployed model, whichever version it is."""
    return f"{SCHEME}{study}@{CHAMPION}"
