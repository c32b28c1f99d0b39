// The bare route: Nest on Fastify with the same guard and the same validation of the same body, and one insert; no key of idempotency, no
// decision, no event, no view, no problem document, nothing that follows.
import { Body, Controller, Inject, Module, Post } from '@nestjs/common';
import { APP_GUARD, APP_PIPE, NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { registerReviewer } from '../../libs/contracts/dist/review/index.js';
import { PlatformRoles } from '../../libs/host/dist/index.js';
import { ValidationPipe } from '../../libs/host/dist/http/validation.js';
import { AccessGuard } from '../../libs/host/dist/identity/access-guard.js';
import { Tokens } from '../../libs/host/dist/identity/tokens.js';
import { Services } from '../../libs/host/dist/service/services.js';

const POOL = Symbol('pool');

class BareController {
  constructor(pool) {
    this.pool = pool;
  }

  async register(body) {
    const id = randomUUID();
    await this.pool.query({ name: 'insert', text: 'insert into reviewers (id, body, recorded_at) values ($1, $2, now())', values: [id, JSON.stringify(body)] });
    return { id };
  }
}

// What decorators would say.
const register = Object.getOwnPropertyDescriptor(BareController.prototype, 'register');
Controller('review/reviewers')(BareController);
Inject(POOL)(BareController, undefined, 0);
Post()(BareController.prototype, 'register', register);
PlatformRoles('administrator')(BareController.prototype, 'register', register);
Body({ schema: registerReviewer })(BareController.prototype, 'register', 0);

export const open = async ({ url, issuer }) => {
  const pool = new pg.Pool({ connectionString: url, idleTimeoutMillis: 0 });
  await pool.query('create table if not exists reviewers (id uuid primary key, body text not null, recorded_at timestamptz not null)');
  class BareModule {}
  Module({
    controllers: [BareController],
    providers: [
      { provide: POOL, useValue: pool },
      { provide: Tokens, useValue: new Tokens({ issuer, audience: 'program-ledger', clockToleranceSeconds: 5 }) },
      { provide: Services, useValue: new Services() },
      { provide: APP_GUARD, useClass: AccessGuard },
      { provide: APP_PIPE, useClass: ValidationPipe },
    ],
  })(BareModule);
  const nest = await NestFactory.create(BareModule, new FastifyAdapter(), { logger: false, abortOnError: false });
  await nest.listen(0, '127.0.0.1');
  const api = (await nest.getUrl()).replace('[::1]', '127.0.0.1');
  return {
    addresses: () => ({ api }),
    close: async () => {
      await nest.close();
      await pool.end();
    },
  };
};
