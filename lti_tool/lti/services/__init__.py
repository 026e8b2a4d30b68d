"""The platform's services: tokens, names and roles (NRPS 2.0), assignments and grades (AGS 2.0)."""
