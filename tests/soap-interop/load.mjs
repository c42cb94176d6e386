// Loads the WSDLs named as arguments with npm `soap` of the folder named first, and prints the
// operations found in each as JSON.
import { createRequire } from 'node:module';

const [folder, ...wsdls] = process.argv.slice(2);
const soap = createRequire(folder)('soap');
const found = [];
for (const wsdl of wsdls) {
  const client = await soap.createClientAsync(wsdl);
  const ports = Object.values(client.describe()).flatMap((service) => Object.values(service));
  found.push([...new Set(ports.flatMap((port) => Object.keys(port)))]);
}
console.log(JSON.stringify(found));
