"""For Prometheus: /metrics, behind a token of its own."""

from __future__ import annotations

import hmac
from collections.abc import Iterator

from flask import Blueprint, Response, abort, request
from prometheus_client import CollectorRegistry
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    InfoMetricFamily,
    SummaryMetricFamily,
)
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

import lti_tool
from lti_tool.actions.measuring import Measures, measure
from lti_tool.errors import MetricsRefused
from lti_tool.web import pages
from lti_tool.web.limits import limited
from xapi import figures

views = Blueprint("metrics", __name__)

SCRAPES_PER_MINUTE = 120
"""Each asks the database how much waits."""

_OF_LRS = ("organisation", "lrs")


@views.get("/metrics")
@limited("metrics", lambda _config: SCRAPES_PER_MINUTE)
def metrics() -> Response:
    """The figures of the installation, as Prometheus reads them; 404 without a token set."""
    runtime = pages.current_runtime()
    expected = runtime.config.metrics_token
    if not expected:
        abort(404)
    given = request.authorization
    token = (given.token or "") if given is not None and given.type == "bearer" else ""
    if not hmac.compare_digest(token.encode(), expected.encode()):
        raise MetricsRefused(
            "/metrics was asked for without the token of NEEDLE_METRICS_TOKEN.",
            mend="Give it to Prometheus as credentials of the type Bearer (docs/admin.md).",
        )
    registry = CollectorRegistry()
    registry.register(_Figures(measure(runtime)))
    encode, content_type = choose_encoder(request.headers.get("Accept", ""))
    return Response(encode(registry), content_type=content_type)


class _Figures(Collector):
    def __init__(self, measures: Measures) -> None:
        self._measures = measures

    def collect(self) -> Iterator[Metric]:
        yield InfoMetricFamily(
            "needle", "This installation.", value={"version": lti_tool.__version__}
        )
        yield from self._of_lrss()
        kept = GaugeMetricFamily(
            "needle_statements_without_lrs",
            "Statements kept for an organisation that has no LRS.",
            labels=_OF_LRS[:1],
        )
        for organisation, number in self._measures.without_lrs.items():
            kept.add_metric([organisation], number)
        yield kept
        yield GaugeMetricFamily(
            "needle_grades_waiting",
            "Grades on their way to an LMS.",
            value=self._measures.grades_waiting,
        )

    def _of_lrss(self) -> Iterator[Metric]:
        waiting = _gauge("statements_waiting", "Statements that the LRS has not got yet.")
        oldest = _gauge(
            "oldest_waiting_seconds", "Age of the oldest statement that waits; 0 when none does."
        )
        aside = _gauge(
            "statements_set_aside", "Statements that the LRS refused and that wait for a person."
        )
        up = _gauge(
            "up", "Whether the LRS takes statements: 0 when paused or in trouble, none when off."
        )
        delivered = _counter("statements_delivered", "Statements that the LRS took.")
        refused = _counter("statements_refused", "Statements that the LRS refused.")
        exchanges = SummaryMetricFamily(
            "needle_lrs_exchange_seconds", "Exchanges with the LRS and their time.", labels=_OF_LRS
        )
        for one in self._measures.lrss:
            of = [one.organisation, one.lrs]
            waiting.add_metric(of, one.waiting)
            oldest.add_metric(of, one.oldest_seconds or 0.0)
            aside.add_metric(of, one.set_aside)
            if one.state != figures.OFF:
                up.add_metric(of, one.state == figures.OK)
            delivered.add_metric(of, one.delivered)
            refused.add_metric(of, one.refused)
            exchanges.add_metric(of, count_value=one.exchanges, sum_value=one.seconds)
        yield from (waiting, oldest, aside, up, delivered, refused, exchanges)


def _gauge(name: str, about: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"needle_lrs_{name}", about, labels=_OF_LRS)


def _counter(name: str, about: str) -> CounterMetricFamily:
    return CounterMetricFamily(f"needle_lrs_{name}", about, labels=_OF_LRS)
