"""The house: its profile, services, suppliers and playbook."""
