"""Events as they cross the wire, one file per owner."""
