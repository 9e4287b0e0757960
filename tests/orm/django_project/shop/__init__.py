"""An application as Django's own tutorial would make it, with one field of most kinds."""
