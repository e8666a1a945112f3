"""The colours page: what a network looks at is made of."""
