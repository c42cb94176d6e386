// Starts the system, calls it over REST and SOAP, and prints what came back as JSON.
import { startTestSystem } from '@portico/testing';
import hello from './system.ts';

const running = await startTestSystem(hello);
const origin = running.origins.public;
const greetings = `${origin}/greeter/v1/greetings`;
const greeted = await fetch(`${greetings}/Ada`, { method: 'POST' });
const unknown = await fetch(`${greetings}/Bob`);
const wsdl = await (await fetch(`${origin}/soap/greeter/v1?wsdl`)).text();
const namespace = /targetNamespace="([^"]+)"/.exec(wsdl)?.[1];
const soap = await fetch(`${origin}/soap/greeter/v1`, {
  method: 'POST',
  headers: { 'content-type': 'text/xml; charset=utf-8' },
  body: `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>
    <greet xmlns="${namespace}"><name>Ada</name></greet></s:Body></s:Envelope>`,
});
const openapi = await fetch(`${origin}/openapi.json`);
const seen = {
  greeted: { status: greeted.status, body: await greeted.json() },
  unknown: { status: unknown.status, body: await unknown.json() },
  soap: { status: soap.status, body: await soap.text() },
  openapi: openapi.status,
};
await running.stop();
console.log(JSON.stringify(seen));
