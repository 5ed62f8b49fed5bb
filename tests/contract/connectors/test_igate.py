"""The one-stop connector keeps the contract of connectors."""

from __future__ import annotations

from connectors.igate import plugin
from connectors.igate.simulator import OneStopSimulator
from gateway.testing.connector_contract import connector_contract

TestOneStop = connector_contract(plugin, OneStopSimulator)
