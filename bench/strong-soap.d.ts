/** The part of strong-soap that its arm uses; it comes without types. */
declare module 'strong-soap' {
  import type { Server } from 'node:http';

  const strong: {
    readonly soap: {
      listen(server: Server, path: string, services: object, wsdl: string): void;
    };
  };
  export default strong;
}
