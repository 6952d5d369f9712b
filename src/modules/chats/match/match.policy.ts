/** Direct chats and searches at once; strangers have no subscription. */
export function directSlots(premium: boolean): number {
  return premium ? 3 : 1;
}
