"""A repository as a source, harvested by OAI-PMH."""
