"""Figures (KPIs): what each is called, how it is worked out, and from which rule it comes."""
