"""The sample: a fictional region with a labelled key."""
