"""The pages of liability: claims, what-if, fees, exposure. One blueprint, one file a subject."""

from dpa_service.web import liability_claims, liability_exposure, liability_fees, liability_steps, liability_trial
from dpa_service.web.liability_base import blueprint

__all__ = ["blueprint", "liability_claims", "liability_exposure", "liability_fees", "liability_steps", "liability_trial"]
