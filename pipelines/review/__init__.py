"""A person's verdict, and what follows from it."""
