"""The connector of the national portal does what every connector has to do."""

from __future__ import annotations

from connectors.dvcqg import plugin
from connectors.dvcqg.simulator import PortalSimulator
from gateway.testing.connector_contract import connector_contract

TestNationalPortal = connector_contract(plugin, PortalSimulator)
