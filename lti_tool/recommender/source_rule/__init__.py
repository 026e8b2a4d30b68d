"""The rule of the source: whose piece may come first depends on what kind of need it is."""

from lti_tool.recommender.source_rule.need_kind import KindOfNeed, NeedKind, classify_need
from lti_tool.recommender.source_rule.weights import KindWeights, load_weights

__all__ = ["KindOfNeed", "KindWeights", "NeedKind", "classify_need", "load_weights"]
