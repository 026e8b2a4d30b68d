"""Three programs that use `xapi` as a library: a plain one, one with Flask, one with Django."""
