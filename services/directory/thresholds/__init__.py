"""Every number and choice of the shops' rules, with its default and its source."""
