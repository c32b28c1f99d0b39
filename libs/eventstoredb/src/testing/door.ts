import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** A door of plain TCP before a server, which a test can shut, and break what came through. */
export type Door = {
  /** The one port that it keeps, through shutting and opening. */
  readonly port: number;
  /** Breaks every connection at once (RST), as a crash does; the next connection is taken. */
  cut(): void;
  /** Takes nothing more from the connections that are open, as a stopped process does, until they are cut. */
  stall(): void;
  /** Lets through what is asked and nothing of what is answered, on the connections that are open, until they are cut. */
  mute(): void;
  /** Breaks every connection and takes none until `open`. */
  shut(): Promise<void>;
  /** Ends every connection in order (FIN) and takes none until `open`. */
  end(): Promise<void>;
  open(): Promise<void>;
  /** How many connections are open. */
  connections(): number;
};

type Address = { readonly host: string; readonly port: number };
type Passage = { readonly outside: Socket; readonly inside: Socket };

export const openDoor = async (to: Address, at = 0): Promise<Door> => {
  const passages = new Set<Passage>();
  let listener = await listening(at, to, passages);
  const { port } = listener.address() as AddressInfo;
  const cut = (): void => {
    for (const { outside } of passages) outside.resetAndDestroy();
    passages.clear();
  };
  const close = async (leave: () => void): Promise<void> => {
    const closed = new Promise((resolve) => listener.close(resolve));
    leave();
    await closed;
  };
  return {
    port,
    cut,
    stall: () => {
      for (const { outside } of passages) outside.unpipe().pause();
    },
    mute: () => {
      for (const { inside } of passages) inside.unpipe().resume();
    },
    shut: () => close(cut),
    end: () =>
      close(() => {
        for (const { outside } of passages) outside.end().destroySoon();
        passages.clear();
      }),
    open: async () => {
      listener = await listening(port, to, passages);
    },
    connections: () => passages.size,
  };
};

const listening = async (port: number, to: Address, passages: Set<Passage>): Promise<Server> => {
  const listener = createServer((outside) => {
    const passage = { outside, inside: connect(to.port, to.host) };
    for (const [socket, other] of [
      [passage.outside, passage.inside],
      [passage.inside, passage.outside],
    ] as const) {
      socket.setNoDelay(true);
      socket.on('error', () => other.destroy());
      socket.on('close', () => other.destroy());
      socket.pipe(other);
    }
    passages.add(passage);
    outside.on('close', () => passages.delete(passage));
  });
  await new Promise<void>((resolve, reject) => listener.once('error', reject).listen(port, '127.0.0.1', resolve));
  return listener;
};
