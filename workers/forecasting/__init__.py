"""What is deployed: the exported model."""
