"""The settings: the demo needs none, production refuses what is unsafe, all at once."""

import pytest

from dpa_service.config import Config, ConfigInvalid, load_config

SAFE = {
    "DPA_MODE": "production",
    "DPA_SECRET_KEY": "x" * 32,
    "DPA_TRUSTED_HOSTS": "dpa.example, www.dpa.example",
}
OIDC = {
    "DPA_OIDC_ISSUER": "https://login.example",
    "DPA_OIDC_CLIENT_ID": "dpa",
    "DPA_OIDC_CLIENT_SECRET": "z" * 20,
    "DPA_OIDC_DOMAIN": "example.org",
}


def test_the_demo_needs_nothing():
    config = load_config({})
    assert (config.mode, config.host, config.database_url) == ("demo", "127.0.0.1", "sqlite:///var/dpa.sqlite")
    assert "localhost" in config.hosts


def test_production_with_everything(tmp_path):
    profile = tmp_path / "processor.yaml"
    profile.write_text("name: x")
    config = load_config({**SAFE, "DPA_PROCESSOR_PROFILE": str(profile), "DPA_PORT": "9000", "DPA_HOST": "0.0.0.0", "OTHER": "1"})
    assert config.production
    assert config.hosts == ("dpa.example", "www.dpa.example")
    assert (config.port, config.processor_profile) == (9000, profile)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"DPA_SECRET_KEY": "short"}, "DPA_SECRET_KEY"),
        ({"DPA_SECRET_KEY": ""}, "DPA_SECRET_KEY"),
        ({"DPA_SECRET_KEY": Config().secret_key}, "DPA_SECRET_KEY"),
        ({"DPA_TRUSTED_HOSTS": ""}, "DPA_TRUSTED_HOSTS"),
        ({"DPA_TRUSTED_HOSTS": "*"}, "DPA_TRUSTED_HOSTS"),
        ({"DPA_IDLE_MINUTES": "0"}, "DPA_IDLE_MINUTES"),
        ({"DPA_SESSION_HOURS": "48"}, "DPA_SESSION_HOURS"),
        ({"DPA_REQUIRE_2FA": "yes"}, "DPA_REQUIRE_2FA"),
        ({"DPA_OIDC_ISSUER": "https://login.example"}, "DPA_OIDC_CLIENT_ID"),
        ({**OIDC, "DPA_OIDC_ISSUER": "http://login.example"}, "DPA_OIDC_ISSUER"),
        ({**OIDC, "DPA_OIDC_CREATE_ROLE": "king"}, "DPA_OIDC_CREATE_ROLE"),
        ({**OIDC, "DPA_OIDC_CREATE_ROLE": "admin"}, "DPA_OIDC_CREATE_ROLE"),
        ({"DPA_DEBUG": "true"}, "DPA_DEBUG"),
        ({"DPA_DEBUG": "maybe"}, "DPA_DEBUG"),
        ({"DPA_PORT": "http"}, "DPA_PORT"),
        ({"DPA_MODE": "prod"}, "DPA_MODE"),
        ({"DPA_PROCESSOR_PROFILE": "/nowhere.yaml"}, "DPA_PROCESSOR_PROFILE"),
        ({"DPA_CLAUSES": "/nowhere"}, "DPA_CLAUSES"),
    ],
)
def test_production_refuses(change, named):
    with pytest.raises(ConfigInvalid, match=named) as refused:
        load_config({**SAFE, **change})
    for value in change.values():
        if len(value) > 10 and "SECRET" in named:
            assert value not in str(refused.value)


def test_sign_in_with_a_provider_is_a_matter_of_settings():
    config = load_config({**SAFE, **OIDC, "DPA_OIDC_CREATE_ROLE": "sales", "DPA_IDLE_MINUTES": "15", "DPA_REQUIRE_2FA": "true"})
    assert (config.oidc, config.oidc_create_role, config.idle_minutes, config.require_2fa) == (True, "sales", 15, True)
    assert not load_config(SAFE).oidc


def test_all_problems_are_named_at_once():
    with pytest.raises(ConfigInvalid) as refused:
        load_config({"DPA_MODE": "production", "DPA_DEBUG": "1"})
    assert len(refused.value.problems) == 3


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "::", "dpa.example"])
def test_the_demo_binds_to_this_machine_only(host):
    with pytest.raises(ConfigInvalid, match="DPA_HOST"):
        load_config({"DPA_HOST": host})


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "127.1.2.3"])
def test_loopback_is_fine(host):
    assert load_config({"DPA_HOST": host}).host == host
