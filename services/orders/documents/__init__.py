"""What is printed: pages for people, tables for spreadsheets."""
