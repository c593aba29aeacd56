/** The functions of node:crypto that runs in a browser call. */
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import { bytesOf, type Data } from './file-handle.ts';

export class Hash {
  readonly #state: ReturnType<typeof sha256.create>;

  constructor(state = sha256.create()) {
    this.#state = state;
  }

  update(data: Data): this {
    this.#state.update(bytesOf(data));
    return this;
  }

  copy(): Hash {
    return new Hash(this.#state.clone());
  }

  digest(encoding: 'hex'): string {
    if (encoding !== 'hex')
      throw new Error(`digests are written in hexadecimal digits, and not in ${encoding}`);
    return bytesToHex(this.#state.digest());
  }
}

export function createHash(name: 'sha256'): Hash {
  if (name !== 'sha256') throw new Error(`there is SHA-256, and no ${name}`);
  return new Hash();
}

export const randomUUID = (): string => crypto.randomUUID();
export const webcrypto = crypto;
