/** What can be expected to be in the way, in one sentence for the person at the terminal; nothing was guessed. */
export class Refused extends Error {
  override readonly name = 'Refused';
}
