"""Measures a recommender on needs with judgments, beside baselines and without its stages.

    modules, needs = read_modules(Path("C.jsonl.gz")).kept, read_needs(Path("N.jsonl")).kept
    tuning = Tuning()
    evaluation = Evaluation(modules=modules, needs=needs, tuning=tuning,
                            recommender=Recommender.over(modules, tuning), clock=time.perf_counter)
    for measured in evaluation.runs():
        print(measured.name, measured.ndcg5)

Pure but for the two files that it reads; importing it needs no extra.
"""

from lti_tool.recommender.evaluation.catalogue_file import read_modules
from lti_tool.recommender.evaluation.evaluation import (
    Evaluation,
    differences,
    missing_modules,
)
from lti_tool.recommender.evaluation.judged_needs import JudgedNeed, read_needs
from lti_tool.recommender.evaluation.measures import Difference, Score, score
from lti_tool.recommender.evaluation.records import Records, SetAside
from lti_tool.recommender.evaluation.runs import Measured, Role, parts

__all__ = [
    "Difference",
    "Evaluation",
    "JudgedNeed",
    "Measured",
    "Records",
    "Role",
    "Score",
    "SetAside",
    "differences",
    "missing_modules",
    "parts",
    "read_modules",
    "read_needs",
    "score",
]
