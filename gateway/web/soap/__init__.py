"""The SOAP door: the use cases of REST v1 for who speaks SOAP 1.1 or 1.2, described by a WSDL."""
