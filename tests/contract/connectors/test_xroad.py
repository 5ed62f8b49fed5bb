"""The connector of X-Road keeps the contract of connectors, in both protocols and with files in every way."""

from __future__ import annotations

from functools import partial

from connectors.xroad import plugin
from connectors.xroad.simulator import SecurityServers
from gateway.testing.connector_contract import connector_contract

TestXRoadBySoap = connector_contract(plugin, SecurityServers)
TestXRoadByMtom = connector_contract(plugin, partial(SecurityServers, attachments="mtom"))
TestXRoadByBridge = connector_contract(plugin, partial(SecurityServers, protocol="rest", bridge="header"))
TestXRoadByRest = connector_contract(plugin, partial(SecurityServers, protocol="rest"))
