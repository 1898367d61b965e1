"""Stages of the encoder's training, run by ``models.encoder.train``; none is loaded in operation."""
