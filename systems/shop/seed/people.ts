/** A customer that the seed registers. */
export interface SeedPerson {
  readonly email: string;
  readonly givenName: string;
  readonly familyName: string;
  readonly address: {
    readonly name: string;
    readonly line1: string;
    readonly postalCode: string;
    readonly city: string;
    readonly country: string;
  };
}

/** Every seeded account has this password: it opens a shop on one's own machine and nothing else. */
export const SEED_PASSWORD = 'lantern-and-larch';

const GIVEN = ['Ada', 'Bo', 'Clara', 'Dario', 'Esme', 'Farid', 'Greta', 'Henk', 'Ines', 'Jonas'];
const FAMILY = ['Lindqvist', 'Okafor', 'Petit', 'Rossi', 'Santos'];
const PLACES = [
  { line: 'Lindenweg', postalCode: '04109', city: 'Leipzig', country: 'DE' },
  { line: 'Hafenstrasse', postalCode: '20457', city: 'Hamburg', country: 'DE' },
  { line: 'Rue des Tilleuls', postalCode: '69002', city: 'Lyon', country: 'FR' },
  { line: 'Kanaalstraat', postalCode: '3531', city: 'Utrecht', country: 'NL' },
  { line: 'Via dei Mille', postalCode: '10123', city: 'Torino', country: 'IT' },
] as const;

/** Fifty invented customers at `example.com`, the same each time. */
export function createPeople(): readonly SeedPerson[] {
  return FAMILY.flatMap((familyName, family) =>
    GIVEN.map((givenName, given) => {
      const place = PLACES[(family + given) % PLACES.length] ?? PLACES[0];
      const name = `${givenName} ${familyName}`;
      return {
        email: `${givenName}.${familyName}@example.com`.toLowerCase(),
        givenName,
        familyName,
        address: {
          name,
          line1: `${place.line} ${1 + family * 10 + given}`,
          postalCode: place.postalCode,
          city: place.city,
          country: place.country,
        },
      };
    }),
  );
}
