"""What lasts: records, queries, migrations, and the encoder that ships."""
