"""Rows of texts and numbers in, text or HTML out."""
