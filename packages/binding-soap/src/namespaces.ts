/** Namespaces of the standards that the binding speaks. */
export const NAMESPACES = {
  soap11: 'http://schemas.xmlsoap.org/soap/envelope/',
  soap12: 'http://www.w3.org/2003/05/soap-envelope',
  xsd: 'http://www.w3.org/2001/XMLSchema',
  xsi: 'http://www.w3.org/2001/XMLSchema-instance',
  xml: 'http://www.w3.org/XML/1998/namespace',
  xmlns: 'http://www.w3.org/2000/xmlns/',
  wsdl: 'http://schemas.xmlsoap.org/wsdl/',
  wsdlSoap11: 'http://schemas.xmlsoap.org/wsdl/soap/',
  wsdlSoap12: 'http://schemas.xmlsoap.org/wsdl/soap12/',
  wsse: 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd',
  wsu: 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd',
  /** What every SOAP API of Portico shares: the `Problem` of a fault and the `IdempotencyKey` header. */
  portico: 'urn:portico:soap:v1',
} as const;

/** What names an API's own elements and types. */
export interface ApiIdentity {
  readonly system: string;
  readonly api: string;
  readonly major: number;
}

/** The target namespace: `urn:portico:<system>:<api>:v<major>`; one per major, as one path per major. */
export function toNamespace({ system, api, major }: ApiIdentity): string {
  return `urn:portico:${encodeURIComponent(system)}:${encodeURIComponent(api)}:v${major}`;
}

/** The SOAP action of an operation: its namespace and its name. */
export function toAction(namespace: string, operation: string): string {
  return `${namespace}#${operation}`;
}
