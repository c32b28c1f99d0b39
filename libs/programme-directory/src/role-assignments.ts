import { applicationsEvents } from '@program-ledger/contracts/applications';
import { effect, type Effect, type Message } from '@program-ledger/messaging';
import { migration } from '@program-ledger/read-models';
import { EntitySchema, type DataSource, type EntityManager } from 'typeorm';

type Row = { readonly programmeId: string; readonly subject: string; readonly role: string; readonly held: boolean; readonly sequence: number };

const text = { type: 'text', collation: 'C' } as const;
const key = { primary: true, primaryKeyConstraintName: 'role_assignments_pk' } as const;

/** Who holds which role in which programme, as this service has heard. */
export const roleAssignmentsEntity = new EntitySchema<Row>({
  name: 'role_assignments',
  columns: {
    programmeId: { name: 'programme_id', type: 'uuid', ...key },
    subject: { ...text, ...key },
    role: { ...text, ...key },
    held: { type: 'boolean' },
    /** Revision of the event that said so: an older one that comes later changes nothing. */
    sequence: { type: 'integer' },
  },
});

export const roleAssignmentsMigration = migration('RoleAssignments', 2, [
  `create table role_assignments (programme_id uuid not null, subject text collate "C" not null, role text collate "C" not null, held boolean not null, sequence integer not null, constraint role_assignments_pk primary key (programme_id, subject, role))`,
]);

type Assignment = { readonly programmeId: string; readonly subject: string; readonly role: string };

const assign = async (
  { programmeId, subject, role }: Assignment,
  held: boolean,
  { message, transaction }: { message: Message; transaction: EntityManager },
): Promise<void> => {
  await transaction.query(
    `insert into role_assignments (programme_id, subject, role, held, sequence) values ($1, $2, $3, $4, $5)
     on conflict (programme_id, subject, role) do update set held = excluded.held, sequence = excluded.sequence where role_assignments.sequence < excluded.sequence`,
    [programmeId, subject, role, held, Number(message.sequence)],
  );
};

/** Rows for `reacts`: names are kept for ever. */
export const roleEffects: readonly Effect[] = [
  effect(
    'directory-role-granted',
    'applications.role-granted.v1',
    applicationsEvents['applications.role-granted.v1'],
    (data, message, transaction: EntityManager) => assign(data, true, { message, transaction }),
  ),
  effect(
    'directory-role-revoked',
    'applications.role-revoked.v1',
    applicationsEvents['applications.role-revoked.v1'],
    (data, message, transaction: EntityManager) => assign(data, false, { message, transaction }),
  ),
];

/** Roles within programmes: always those of now, since who may do a thing is decided when it is done. */
export class RoleAssignments {
  constructor(private readonly database: DataSource) {}

  async rolesOf(subject: string, programmeId: string): Promise<ReadonlySet<string>> {
    const rows = await this.database.query<{ role: string }[]>('select role from role_assignments where programme_id = $1 and subject = $2 and held', [
      programmeId,
      subject,
    ]);
    return new Set(rows.map(({ role }) => role));
  }
}
