"""Statements, an outbox and delivery to any xAPI LRS. A library of its own."""
