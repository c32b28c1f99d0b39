type Typed = { readonly type: string };

/** The member of a union that has this type. */
export type OfType<Union extends Typed, T extends Union['type']> = Extract<Union, { readonly type: T }>;

/** One function for each member of a union: total, or it does not compile. */
export type ByType<Union extends Typed, Rest extends readonly unknown[], Result> = { readonly [T in Union['type']]: (one: OfType<Union, T>, ...rest: Rest) => Result };
