"""The settings: read once from the environment (prefix DPA_), typed, frozen, and refused when they are unsafe."""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from dpa_service.domain.errors import DomainError
from dpa_service.domain.roles import ADMIN, ROLES

PREFIX = "DPA_"
DEMO, PRODUCTION = "demo", "production"
DEMO_SECRET = "only-for-the-demo-on-this-machine"  # noqa: S105 - refused in production
SHORTEST_SECRET = 32
MEMORY = "memory://"
MAX_BODY = 1_000_000


class ConfigInvalid(DomainError):
    """Settings with which the product does not start; the message names each one and the way out."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("CONFIG_INVALID", "Not started:\n" + "\n".join(f"  - {problem}" for problem in problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Config:
    """The settings of one process. The demo needs none; production names its secret and hosts."""

    mode: str = DEMO
    database_url: str = "sqlite:///var/dpa.sqlite"
    secret_key: str = DEMO_SECRET
    trusted_hosts: tuple[str, ...] = ()
    host: str = "127.0.0.1"
    port: int = 8000
    debug: bool = False
    clauses: Path | None = None
    processor_profile: Path | None = None
    max_body: int = MAX_BODY
    idle_minutes: int = 30
    session_hours: int = 10
    require_2fa: bool = False
    limits_storage: str = MEMORY
    proxies: int = 0
    export_folder: Path | None = None
    oidc_issuer: str | None = None
    oidc_client_id: str | None = None
    oidc_client_secret: str | None = None
    oidc_domain: str | None = None
    oidc_create_role: str | None = None

    def __post_init__(self) -> None:
        """Error: ``ConfigInvalid`` naming everything that is unsafe at once."""
        problems = self._production() if self.mode == PRODUCTION else self._demo() if self.mode == DEMO else []
        if self.mode not in (DEMO, PRODUCTION):
            problems = [f"DPA_MODE is '{self.mode}'; set it to demo or production."]
        if self.processor_profile is not None and not self.processor_profile.is_file():
            problems.append(
                f"DPA_PROCESSOR_PROFILE: there is no file {self.processor_profile}; give the path of a processor.yaml."
            )
        if self.clauses is not None and not self.clauses.is_dir():
            problems.append(f"DPA_CLAUSES: there is no folder {self.clauses}; give the folder of a clause library.")
        if self.export_folder is not None and self.export_folder.exists() and not self.export_folder.is_dir():
            problems.append(f"DPA_EXPORT_FOLDER: {self.export_folder} is no folder; give the path of one.")
        problems += self._sessions() + self._oidc()
        if problems:
            raise ConfigInvalid(problems)

    @property
    def oidc(self) -> bool:
        """Whether people sign in with the company's identity provider too."""
        return self.oidc_issuer is not None

    @property
    def production(self) -> bool:
        """Whether this is the real thing."""
        return self.mode == PRODUCTION

    @property
    def hosts(self) -> tuple[str, ...]:
        """The host names that requests may carry; the demo answers to this machine's own names only."""
        return self.trusted_hosts or ("localhost", "127.0.0.1")

    def _production(self) -> list[str]:
        problems = []
        if self.debug:
            problems.append("DPA_DEBUG is on; production shows nothing of its inside. Turn it off.")
        if self.secret_key == DEMO_SECRET or len(self.secret_key) < SHORTEST_SECRET:
            problems.append(
                f"DPA_SECRET_KEY is missing, the demo's, or shorter than {SHORTEST_SECRET} characters; set a random one."
            )
        if not self.trusted_hosts or "*" in self.trusted_hosts:
            problems.append("DPA_TRUSTED_HOSTS is missing; list the host names of the service, separated by commas.")
        return problems

    def _demo(self) -> list[str]:
        if not is_loopback(self.host):
            return [f"DPA_HOST is {self.host}; the demo has open demo users and answers to this machine only. Use 127.0.0.1."]
        return []

    def _sessions(self) -> list[str]:
        problems = []
        if not 1 <= self.idle_minutes <= 480:
            problems.append(f"DPA_IDLE_MINUTES is {self.idle_minutes}; give 1 to 480.")
        if not 1 <= self.session_hours <= 24:
            problems.append(f"DPA_SESSION_HOURS is {self.session_hours}; give 1 to 24.")
        return problems

    def _oidc(self) -> list[str]:
        given = {
            "DPA_OIDC_ISSUER": self.oidc_issuer,
            "DPA_OIDC_CLIENT_ID": self.oidc_client_id,
            "DPA_OIDC_CLIENT_SECRET": self.oidc_client_secret,
            "DPA_OIDC_DOMAIN": self.oidc_domain,
        }
        missing = [name for name, value in given.items() if not value]
        problems = []
        if missing and len(missing) < len(given):
            problems.append(f"{', '.join(missing)} missing; sign-in with an identity provider needs all of {', '.join(given)}.")
        if self.production and self.oidc_issuer and not self.oidc_issuer.startswith("https://"):
            problems.append("DPA_OIDC_ISSUER is no https:// address.")
        if self.oidc_create_role is not None and self.oidc_create_role not in ROLES:
            problems.append(f"DPA_OIDC_CREATE_ROLE is '{self.oidc_create_role}'; the roles are {', '.join(ROLES)}.")
        if self.oidc_create_role == ADMIN:
            problems.append("DPA_OIDC_CREATE_ROLE is admin; an administrator is made by an administrator.")
        return problems


def load_config(environment: Mapping[str, str] | None = None) -> Config:
    """The settings of this process. In: the environment, by default the process's own. Error: ``ConfigInvalid``."""
    given = os.environ if environment is None else environment
    read = {name.removeprefix(PREFIX): value for name, value in given.items() if name.startswith(PREFIX) and value != ""}
    problems: list[str] = []

    def number(name: str, default: int) -> int:
        text = read.get(name, str(default))
        if text.isascii() and text.isdigit():
            return int(text)
        problems.append(f"DPA_{name} is '{text}'; give a whole number.")
        return default

    def switch(name: str) -> bool:
        text = read.get(name, "false").lower()
        if text not in ("true", "false", "1", "0"):
            problems.append(f"DPA_{name} is '{text}'; give true or false.")
        return text in ("true", "1")

    def path(name: str) -> Path | None:
        return Path(read[name]) if name in read else None

    standard = Config()
    values = {
        "mode": read.get("MODE", standard.mode),
        "database_url": read.get("DATABASE_URL", standard.database_url),
        "secret_key": read.get("SECRET_KEY", standard.secret_key),
        "trusted_hosts": tuple(host.strip() for host in read.get("TRUSTED_HOSTS", "").split(",") if host.strip()),
        "host": read.get("HOST", standard.host),
        "port": number("PORT", standard.port),
        "debug": switch("DEBUG"),
        "clauses": path("CLAUSES"),
        "processor_profile": path("PROCESSOR_PROFILE"),
        "max_body": number("MAX_BODY", standard.max_body),
        "idle_minutes": number("IDLE_MINUTES", standard.idle_minutes),
        "session_hours": number("SESSION_HOURS", standard.session_hours),
        "require_2fa": switch("REQUIRE_2FA"),
        "limits_storage": read.get("LIMITS_STORAGE", standard.limits_storage),
        "proxies": number("PROXIES", standard.proxies),
        "export_folder": path("EXPORT_FOLDER"),
        "oidc_issuer": read.get("OIDC_ISSUER"),
        "oidc_client_id": read.get("OIDC_CLIENT_ID"),
        "oidc_client_secret": read.get("OIDC_CLIENT_SECRET"),
        "oidc_domain": read.get("OIDC_DOMAIN"),
        "oidc_create_role": read.get("OIDC_CREATE_ROLE"),
    }
    if problems:
        raise ConfigInvalid(problems)
    return Config(**values)  # type: ignore[arg-type]  # each value has the type of its field, see above


def is_loopback(host: str | None) -> bool:
    """Whether an address or name is this machine itself."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address((host or "").strip("[]")).is_loopback
    except ValueError:
        return False
