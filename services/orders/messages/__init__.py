"""What happens to orders as events: each tells its fact whole and names no buyer."""
