"""From shards to batches: which question of which image, in which order, in which row."""
