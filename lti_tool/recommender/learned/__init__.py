"""What was learnt for a model from needs written for it: see benchmarks/training/adapter.py."""

from lti_tool.recommender.learned.adapter import Adapter, load_adapter, save_adapter

__all__ = ["Adapter", "load_adapter", "save_adapter"]
