"""The study file: YAML in, one frozen `StudyConfig` out, or every problem in it with its line."""
