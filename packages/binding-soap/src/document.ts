import type { Operation } from '@portico/contract';
import { toSchema } from './document-types.ts';
import { NAMESPACES } from './namespaces.ts';
import { SHARED_SCHEMA } from './problem.ts';
import type { SoapApi, SoapOperation } from './soap-api.ts';
import { writeElement, type XmlElement } from './xml-writer.ts';

/** The document for the absolute address of the endpoint. */
export type WsdlTemplate = (location: string) => string;

/**
 * The WSDL 1.1 document of an API: document/literal wrapped, one port type, a SOAP 1.1 and a
 * SOAP 1.2 binding on one address (WS-I Basic Profile 1.1 §4, 2.0 §4). The same contract gives the
 * same bytes.
 */
export function toWsdl(api: SoapApi): WsdlTemplate {
  const { published, namespace } = api;
  const body = [
    documentation(published.api.summary, published.api.description),
    { name: 'wsdl:types', content: [SHARED_SCHEMA, toSchema(api)] },
    ...messages(api),
    portType(api),
    binding(api, 'Soap11'),
    binding(api, 'Soap12'),
  ];
  const written = body.map((element) => element && writeElement(element, '  ')).join('');
  const start = writeElement({
    name: 'wsdl:definitions',
    attributes: {
      name: api.service,
      targetNamespace: namespace,
      'xmlns:tns': namespace,
      'xmlns:portico': NAMESPACES.portico,
      'xmlns:wsdl': NAMESPACES.wsdl,
      'xmlns:soap': NAMESPACES.wsdlSoap11,
      'xmlns:soap12': NAMESPACES.wsdlSoap12,
      'xmlns:xsd': NAMESPACES.xsd,
    },
  }).replace('/>', '>');
  const head = `<?xml version="1.0" encoding="UTF-8"?>\n${start}${written}`;
  return (location) => `${head}${writeElement(service(api, location), '  ')}</wsdl:definitions>\n`;
}

function documentation(...texts: readonly (string | undefined)[]): XmlElement | undefined {
  const content = texts.filter((text) => text !== undefined && text !== '').join('\n\n');
  return content === '' ? undefined : { name: 'wsdl:documentation', content };
}

function messages({ operations, errors }: SoapApi): readonly XmlElement[] {
  const wrappers = operations.flatMap(({ element }) =>
    [element, `${element}Response`].map((name) => message(name, 'parameters', `tns:${name}`)),
  );
  const faults = errors.map(({ element }) => message(`${element}Fault`, 'fault', `tns:${element}`));
  const shared = [message('ProblemFault', 'fault', 'portico:Problem')];
  if (operations.some(({ operation }) => operation.effect === 'keyed')) {
    shared.push(message('IdempotencyKeyHeader', 'IdempotencyKey', 'portico:IdempotencyKey'));
  }
  return [...wrappers, ...faults, ...shared];
}

function message(name: string, part: string, element: string): XmlElement {
  const content = [{ name: 'wsdl:part', attributes: { name: part, element } }];
  return { name: 'wsdl:message', attributes: { name }, content };
}

/** Names of an operation's faults: its declared errors, and the `Problem` that any call can end in. */
function faultNames({ errors }: SoapOperation): readonly string[] {
  return [...errors.map(({ element }) => element), 'Problem'];
}

function portType(api: SoapApi): XmlElement {
  const content = api.operations.map((each): XmlElement => {
    const { element, operation } = each;
    return {
      name: 'wsdl:operation',
      attributes: { name: element },
      content: [
        documentation(operation.summary, operation.description, deprecation(operation)),
        { name: 'wsdl:input', attributes: { message: `tns:${element}` } },
        { name: 'wsdl:output', attributes: { message: `tns:${element}Response` } },
        ...faultNames(each).map((name) => ({
          name: 'wsdl:fault',
          attributes: { name, message: `tns:${name}Fault` },
        })),
      ],
    };
  });
  return { name: 'wsdl:portType', attributes: { name: api.portType }, content };
}

function deprecation({ deprecated }: Operation): string | undefined {
  if (deprecated === undefined) return undefined;
  const { since, sunset, use } = deprecated;
  const end = sunset === undefined ? '' : ` It ends on ${sunset}.`;
  return `Deprecated since ${since}.${end}${use === undefined ? '' : ` Use ${use} instead.`}`;
}

const PREFIXES = { Soap11: 'soap', Soap12: 'soap12' } as const;

function binding(api: SoapApi, version: keyof typeof PREFIXES): XmlElement {
  const prefix = PREFIXES[version];
  const transport = 'http://schemas.xmlsoap.org/soap/http';
  return {
    name: 'wsdl:binding',
    attributes: { name: `${api.service}${version}`, type: `tns:${api.portType}` },
    content: [
      { name: `${prefix}:binding`, attributes: { style: 'document', transport } },
      ...api.operations.map((each) => boundOperation(each, prefix)),
    ],
  };
}

function boundOperation(each: SoapOperation, prefix: string): XmlElement {
  const body: XmlElement = { name: `${prefix}:body`, attributes: { use: 'literal' } };
  const key: XmlElement = {
    name: `${prefix}:header`,
    attributes: {
      message: 'tns:IdempotencyKeyHeader',
      part: 'IdempotencyKey',
      use: 'literal',
    },
  };
  const faults = faultNames(each).map((name): XmlElement => {
    const fault = { name: `${prefix}:fault`, attributes: { name, use: 'literal' } };
    return { name: 'wsdl:fault', attributes: { name }, content: [fault] };
  });
  const isKeyed = each.operation.effect === 'keyed';
  return {
    name: 'wsdl:operation',
    attributes: { name: each.element },
    content: [
      {
        name: `${prefix}:operation`,
        attributes: { soapAction: each.action, style: 'document' },
      },
      { name: 'wsdl:input', content: isKeyed ? [key, body] : [body] },
      { name: 'wsdl:output', content: [body] },
      ...faults,
    ],
  };
}

function service(api: SoapApi, location: string): XmlElement {
  const ports = (['Soap11', 'Soap12'] as const).map((version): XmlElement => {
    const address = { name: `${PREFIXES[version]}:address`, attributes: { location } };
    const binding = `tns:${api.service}${version}`;
    return {
      name: 'wsdl:port',
      attributes: { name: `${api.service}${version}`, binding },
      content: [address],
    };
  });
  return { name: 'wsdl:service', attributes: { name: api.service }, content: ports };
}
