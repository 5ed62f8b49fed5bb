"""The connector of the population database does what every connector has to do, in both styles."""

from __future__ import annotations

from functools import partial

from connectors.dancu import plugin
from connectors.dancu.simulator import PopulationSimulator
from gateway.testing.connector_contract import connector_contract

TestPopulationDatabase = connector_contract(plugin, PopulationSimulator)
TestPopulationDatabaseThroughABus = connector_contract(plugin, partial(PopulationSimulator, style="json", keep=("address", "gender")))
