"""The connector of civil registration does what every connector has to do, in both generations."""

from __future__ import annotations

from functools import partial

from connectors.hotich import plugin
from connectors.hotich.simulator import CivilRegistrationSimulator
from gateway.testing.connector_contract import connector_contract

TestCivilRegistration = connector_contract(plugin, CivilRegistrationSimulator)
TestOldCivilRegistration = connector_contract(plugin, partial(CivilRegistrationSimulator, generation="xml", numbers=True))
