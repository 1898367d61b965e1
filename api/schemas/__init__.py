"""What the API takes in and hands out: a third thing beside records and the engine's types."""
