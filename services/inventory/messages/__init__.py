"""Stock as events: each tells its fact whole."""
