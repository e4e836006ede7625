"""The pages of liability: claims, what-if, fees, exposure. One blueprint, one file a subject."""

from dpa_service.web.liability import claims, exposure, fees, steps, trial
from dpa_service.web.liability.base import blueprint

__all__ = ["blueprint", "claims", "exposure", "fees", "steps", "trial"]
