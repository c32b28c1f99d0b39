export const togetherLimits = { itemsMax: 500, atOnceMax: 2 } as const;

type Waiting<Item, Answer> = { readonly item: Item; readonly resolve: (answer: Answer) => void; readonly reject: (error: unknown) => void };

/** Asks one question for all that wait: alone it goes at once, under load one round trip serves many. Answers come in the order of the items. */
export class Together<Item, Answer> {
  private waiting: Waiting<Item, Answer>[] = [];
  private running = 0;

  constructor(private readonly run: (items: readonly Item[]) => Promise<readonly Answer[]>) {}

  ask(item: Item): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ item, resolve, reject });
      if (this.running < togetherLimits.atOnceMax) void this.work();
    });
  }

  private async work(): Promise<void> {
    this.running += 1;
    // One turn of the loop, so that what is asked at the same time goes together.
    await Promise.resolve();
    while (this.waiting.length > 0) await this.answer(this.waiting.splice(0, togetherLimits.itemsMax));
    this.running -= 1;
  }

  private async answer(asked: readonly Waiting<Item, Answer>[]): Promise<void> {
    try {
      const answers = await this.run(asked.map(({ item }) => item));
      asked.forEach(({ resolve }, index) => resolve(answers[index]!));
    } catch (error) {
      for (const { reject } of asked) reject(error);
    }
  }
}
