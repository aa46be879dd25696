/** Why there is no arena to control, in words for the person. The engine then works without it. */
export class ArenaUnavailable extends Error {
  override readonly name = 'ArenaUnavailable';
}
