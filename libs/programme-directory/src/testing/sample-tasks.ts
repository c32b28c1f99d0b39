import { reject, type Aggregate } from '@program-ledger/event-sourcing';
import { issue } from '@program-ledger/messaging';
import { json, view, viewTable } from '@program-ledger/read-models';
import { z } from 'zod';
import type { TimerSource } from '../timers.js';

const scheduled = z.strictObject({ type: z.literal('task-scheduled'), programmeId: z.string(), dueAt: z.string(), later: z.array(z.string()), at: z.string() });
const done = z.strictObject({ type: z.literal('task-done'), dueAt: z.string(), at: z.string() });
type TaskEvent = z.infer<typeof scheduled> | z.infer<typeof done>;
type TaskCommand =
  | { readonly type: 'schedule-task'; readonly programmeId: string; readonly dueAt: string; readonly later: readonly string[]; readonly at: string }
  | { readonly type: 'do-task'; readonly at: string };

type Task =
  | { readonly status: 'absent' | 'done' }
  | { readonly status: 'open'; readonly programmeId: string; readonly dueAt: string; readonly later: readonly string[] };

/** An invented aggregate for the specs of this library: doing a task makes it due again at the first of its later times; `poison` is refused. */
export const sampleTask: Aggregate<Task, TaskCommand, TaskEvent, 'poisoned'> = {
  category: 'sampleTask',
  events: { 'task-scheduled': { version: 1, schema: scheduled }, 'task-done': { version: 1, schema: done } },
  initial: { status: 'absent' },
  evolve: (_, event) => (event.type === 'task-done' ? { status: 'done' } : { status: 'open', ...event }),
  decide: (command, task) => {
    if (command.type === 'schedule-task') return task.status === 'absent' ? [{ ...command, type: 'task-scheduled', later: [...command.later] }] : [];
    if (task.status !== 'open') return [];
    const { programmeId, dueAt, later } = task;
    if (later[0] === 'poison') return reject('poisoned');
    const again = later[0] === undefined ? [] : [{ type: 'task-scheduled', programmeId, dueAt: later[0], later: later.slice(1), at: command.at } as const];
    return [{ type: 'task-done', dueAt, at: command.at }, ...again];
  },
};

export const tasksView = view({
  name: 'sample-tasks',
  table: viewTable({
    name: 'sample_tasks',
    columns: { programmeId: 'uuid', dueAt: 'instant', later: json<readonly string[]>() },
    indexes: [['programmeId', 'dueAt']],
  }),
  aggregates: [sampleTask],
  on: {
    'task-scheduled': (_, { event: { programmeId, dueAt, later } }) => ({ programmeId, dueAt, later }),
    'task-done': () => null,
  },
});

export const taskTimers: TimerSource = {
  name: 'tasks',
  due: async (views, programmeId, until) => {
    const due = [];
    for await (const { key, dueAt } of views.each(tasksView, { programmeId, dueAt: { atMost: until } }, { kind: 'now' }))
      due.push({ id: key, at: dueAt, issue: issue(sampleTask, key, { type: 'do-task', at: dueAt }) });
    return due;
  },
};
