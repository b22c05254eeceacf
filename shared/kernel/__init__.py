"""Values with rules: money, ids, clock, time buckets; standard library only."""
