"""What `import sweep` opens for programs and notebooks; `sweep/__init__.py` names it."""
