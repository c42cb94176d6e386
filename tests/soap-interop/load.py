"""Loads the WSDLs named as arguments, and prints the operations found in each as JSON."""

import json
import sys

from zeep import Client, Settings

found = []
for wsdl in sys.argv[1:]:
    client = Client(wsdl, settings=Settings(strict=True))
    names = {name for binding in client.wsdl.bindings.values() for name in binding._operations}
    for service in client.wsdl.services.values():
        for port in service.ports.values():
            # Builds the signature of each operation, which resolves every type behind it.
            for operation in port.binding._operations.values():
                operation.input.signature()
                if operation.output is not None:
                    operation.output.signature()
    found.append(sorted(names))
print(json.dumps(found))
