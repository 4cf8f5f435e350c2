"""Health and metrics: for probes, load balancers and Prometheus."""

from fastapi import APIRouter, Response
from starlette.routing import BaseRoute

from app.http.routing import HealthRoute
from app.metrics import CONTENT_TYPE_LATEST
from app.service import Service


def health_routes(service: Service) -> list[BaseRoute]:
    """Return the routes that say how the service is."""
    router = APIRouter(tags=["operations"], route_class=HealthRoute)

    @router.get("/healthz/live", summary="Liveness probe")
    async def live() -> dict[str, str]:
        """200 as long as the process answers at all; restart it when this fails."""
        return {"status": "live"}

    @router.get("/healthz/ready", summary="Readiness probe")
    async def ready() -> dict[str, str]:
        """200 if a bundle is loaded, warm, and its golden sentences agree; 503 before that and while draining."""
        problem = service.why_not_ready()
        if problem is not None:
            raise problem
        return {"status": "ready", "bundle": service.serving.name}

    @router.get("/metrics", summary="Metrics for Prometheus", response_class=Response)
    async def metrics() -> Response:
        """Prometheus's text format."""
        return Response(service.metrics.render(), headers={"content-type": CONTENT_TYPE_LATEST})

    return router.routes
