"""The encoder that ships with the project: its weights, tokenizer, cards, and the program that trains it."""
