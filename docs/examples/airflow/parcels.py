"""A DAG whose task uses telephone numbers."""

from __future__ import annotations

import datetime

from airflow.sdk import dag, task
from lineage_gate import uses


@dag(schedule=None, start_date=datetime.datetime(2026, 11, 1, tzinfo=datetime.UTC), catchup=False)
def parcels() -> None:
    @task
    @uses("customer.phone_number", process="parcel-dispatch", purpose="DeliveryOfGoods", on_error="deny")
    def plan_routes() -> str:
        return "planned"

    plan_routes()


parcels()
