"""The managers' board: pages that show the figures of their stores, live."""
