"""Language models behind any OpenAI-compatible endpoint."""

from resources.endpoint.provider import EndpointProvider

__all__ = ["EndpointProvider"]
