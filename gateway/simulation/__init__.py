"""What the simulators of connectors share: servers in this process that speak a dialect, keep state, and can be told to fail."""

from __future__ import annotations

from gateway.simulation.server import FAULTS, SimulatedServer, Simulator
from gateway.simulation.soap import SOAP_FAULTS, SoapAsked, SoapRefusal, SoapReply, SoapSimulator

__all__ = ["FAULTS", "SOAP_FAULTS", "SimulatedServer", "Simulator", "SoapAsked", "SoapRefusal", "SoapReply", "SoapSimulator"]
