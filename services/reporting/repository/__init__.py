"""Every statement with which reporting reads its tables."""
