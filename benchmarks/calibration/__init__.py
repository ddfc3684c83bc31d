"""How often the product's answers err: whole studies, over and over, where the right answer is known."""
