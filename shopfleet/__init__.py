"""What the outside imports and runs: client, command line, importers, local stack."""
