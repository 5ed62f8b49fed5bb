"""The connector of official documents keeps the contract of connectors, in every style."""

from __future__ import annotations

from functools import partial

from connectors.edxml import plugin
from connectors.edxml.simulated_soap import SoapAxisSimulator
from connectors.edxml.simulator import AxisSimulator
from gateway.testing.connector_contract import connector_contract

TestNationalAxis = connector_contract(plugin, AxisSimulator)
TestProvincialAxis = connector_contract(plugin, partial(AxisSimulator, style="provincial"))
TestSoapAxis = connector_contract(plugin, SoapAxisSimulator)
