import type { DepsOf, Module } from '../../module.ts';
import { type Audit, createAudit } from './audit.service.ts';

export const auditModule = (deps: DepsOf<typeof createAudit>): Module<{ audit: Audit }> => ({
  services: { audit: createAudit(deps) },
});
