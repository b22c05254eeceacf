"""The six services; each folder owns its data and states what happened as events."""
