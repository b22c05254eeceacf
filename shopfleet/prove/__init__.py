"""The proof: a stack of its own, known traffic, faults at random, and the books compared."""
