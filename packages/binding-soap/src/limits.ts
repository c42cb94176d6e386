/** Deepest nesting of elements. saxes looks namespaces up along the path, so its cost is quadratic in depth. */
export const XML_DEPTH_MAX = 64;

/** Elements in one message: a 1 MiB body of empty elements has five times as many, an honest one far fewer. */
export const XML_ELEMENTS_MAX = 50_000;

/** Attributes of one element, namespace declarations included. */
export const XML_ATTRIBUTES_MAX = 64;

/** Different namespaces in one message. Declaring the same one again (lxml does, per element) is free. */
export const XML_NAMESPACES_MAX = 64;

/** Characters of an element's or attribute's qualified name. */
export const XML_NAME_LENGTH_MAX = 256;

/** Nesting of a JSON text in an element: what the REST binding allows for a whole body. */
export const JSON_DEPTH_MAX = 32;

/** Commas and opening brackets of a JSON text in an element: what the REST binding allows for a whole body. */
export const JSON_MEMBERS_MAX = 10_000;

/** Violations in one fault; whoever has more has the wrong schema, and the first ones say so. */
export const VIOLATIONS_MAX = 50;

/** How far a WS-Security `Timestamp` may be from our clock, in both directions (Basic Security Profile 1.1). */
export const TIMESTAMP_SKEW_MS = 300_000;

/** Nonces remembered to refuse a second use; beyond it the oldest is forgotten. */
export const NONCES_MAX = 10_000;
