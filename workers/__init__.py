"""Trains one trial; knows no optuna, ray or mlflow."""
