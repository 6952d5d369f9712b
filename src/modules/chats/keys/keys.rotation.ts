import type { Unit } from '../../../db/units.ts';
import type { E2eeEvent, RotationReason } from './keys.events.ts';
import * as repository from './keys.repository.ts';

/** Starts a new epoch in the caller's unit. After the commit, keys sealed for the old one are refused. */
export async function rotate({ db, emit }: Unit<E2eeEvent>, chatId: number, reason: RotationReason): Promise<void> {
  const state = await repository.findKeyState(db, chatId);
  if (!state) return;
  const formerHolders = await repository.listHolders(db, chatId, state.epoch);
  const epoch = await repository.raiseEpoch(db, chatId);
  if (epoch === undefined) return;
  await repository.deleteBlobs(db, chatId);
  emit({ name: 'epoch.changed', chatId, epoch, reason, formerHolders });
}

/** Replaces this epoch with a new one. Does nothing if it has been replaced already. */
export async function replaceEpoch(
  unit: Unit<E2eeEvent>,
  chatId: number,
  epoch: number,
  reason: RotationReason,
): Promise<void> {
  if ((await repository.findKeyState(unit.db, chatId))?.epoch === epoch) await rotate(unit, chatId, reason);
}
