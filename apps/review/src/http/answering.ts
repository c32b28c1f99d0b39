import { Answered } from '@program-ledger/host';

type Shown<Row> = Omit<Row, 'key'> & { readonly id: string };

/** A row as a body: its key is its id. */
export const shown = <Row extends { readonly key: string }>({ key, ...row }: Row): Shown<Row> => ({ id: key, ...row });

/** The same answer under the id of what the command made, where that is not the stream it was decided on. */
export const under = <Body extends { readonly id: string }>(id: string, { body, position, revision }: Answered<Body>): Answered<Body> =>
  new Answered({ ...body, id }, position, revision);
/** A row of another programme is none: who may read this one's may not read it by its id. */
export const inProgramme = <Seen extends { readonly row: { readonly programmeId: string } }>(programmeId: string, seen: Seen | undefined): Seen | undefined =>
  seen?.row.programmeId === programmeId ? seen : undefined;
