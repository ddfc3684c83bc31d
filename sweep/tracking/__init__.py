"""MLflow: the mirror of a study, and the model that is logged in it. Nothing else in `sweep` knows MLflow."""
