"""What is claimed about speed and memory, measured: python -m benchmarks [engine|memory]."""
