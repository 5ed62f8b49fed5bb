"""The payment connector does what every connector has to do, in both styles."""

from __future__ import annotations

from functools import partial

from connectors.thanhtoan import plugin
from connectors.thanhtoan.simulator import PaymentSimulator
from gateway.testing.connector_contract import connector_contract

TestNationalPlatform = connector_contract(plugin, PaymentSimulator)
TestPayGov = connector_contract(plugin, partial(PaymentSimulator, style="paygov"))
