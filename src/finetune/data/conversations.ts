/** Reads conversations from lines of JSON: `messages`, or a `prompt` and its `completion`. */
import { OftcError } from '../../../compiler/errors/error.ts';
import { aboveLimit, limits } from '../../../compiler/limits.ts';
import type { Message } from '../../formats/chat/index.ts';
import { listed, shownValue } from '../../formats/error.ts';
import { isObject, type Json, type JsonObject } from '../../formats/json.ts';
import type { Line } from './lines.ts';

/** A conversation. Its responses are the turns of the assistant from the turn `first` on. */
export interface Conversation {
  /** The file and the line. */
  readonly at: string;
  readonly messages: readonly Message[];
  /** The index of the first turn that may be a response. */
  readonly first: number;
  /** Whether it is a prompt and a completion that are texts, which need no chat template. */
  readonly isText: boolean;
}

/** Whether a line holds a conversation. */
export const isConversation = ({ json }: Line): boolean =>
  isObject(json) && ('messages' in json || 'prompt' in json || 'completion' in json);

/** The number of a turn for messages, from 1, with its role: `turn 2 (assistant)`. */
export const turnName = (messages: readonly Message[], turn: number): string =>
  `turn ${turn + 1} (${messages[turn]?.role ?? 'none'})`;

export const refusedAt = (at: string, what: string): OftcError => new OftcError('OFT6004', `${at}: ${what}`);

/** The fields by which tools come. oftc trains on no calls of tools, and would lose them if it read on. */
const TOOL_FIELDS = ['tools', 'functions'];
const TOOL_TURN_FIELDS = ['tool_calls', 'tool_call_id', 'function_call'];
const TOOL_ROLES = ['tool', 'function', 'ipython'];

/** The conversation of a line, and the names of its other fields, which are not read. Throws OFT6004. */
export function conversationOf({ at, json }: Line): {
  readonly conversation: Conversation;
  readonly unread: readonly string[];
} {
  const line = json as JsonObject;
  refuseTools(at, line, TOOL_FIELDS);
  const has = (name: string): boolean => line[name] !== undefined;
  if (has('messages') && (has('prompt') || has('completion')))
    throw refusedAt(at, `there are "messages" and a "prompt" or "completion": give one of both`);
  const known = has('messages') ? ['messages'] : ['prompt', 'completion'];
  const unread = Object.keys(line).filter((name) => !known.includes(name) && !isEmpty(line[name]));
  const conversation = has('messages')
    ? { messages: turnsOf(at, line.messages, 'messages'), first: 0, isText: false }
    : completed(at, line);
  const { messages, first } = conversation;
  if (messages.length > limits.turns.most)
    throw refusedAt(at, `${aboveLimit(messages.length, limits.turns)}: cut it into several conversations`);
  if (!messages.some(({ role }, turn) => turn >= first && role === 'assistant')) {
    const last = turnName(messages, messages.length - 1);
    throw refusedAt(
      at,
      `there is no response to train on: ${last} is the last, and no turn${first > 0 ? ' of the completion' : ''} has the role "assistant"`,
    );
  }
  return { conversation: { at, ...conversation }, unread };
}

function completed(at: string, { prompt, completion }: JsonObject): Omit<Conversation, 'at'> {
  for (const [name, value] of Object.entries({ prompt, completion }))
    if (value === undefined)
      throw refusedAt(at, `there is no "${name}": write {"prompt": …, "completion": …} a line`);
  const isText = typeof prompt === 'string' && typeof completion === 'string';
  const asked =
    typeof prompt === 'string' ? [{ role: 'user', content: prompt }] : turnsOf(at, prompt, 'prompt');
  const answered =
    typeof completion === 'string'
      ? [{ role: 'assistant', content: completion }]
      : turnsOf(at, completion, 'completion');
  return { messages: [...asked, ...answered], first: asked.length, isText };
}

function turnsOf(at: string, json: Json | undefined, name: string): Message[] {
  if (!Array.isArray(json))
    throw refusedAt(
      at,
      `"${name}" is ${shownValue(json)}: write a list of turns, {"role": "user", "content": "…"}`,
    );
  if (json.length === 0) throw refusedAt(at, `"${name}" has no turns`);
  return json.map((turn, n) => turnOf(turn, (what) => refusedAt(at, `turn ${n + 1} of "${name}"${what}`)));
}

function turnOf(turn: Json, refused: (what: string) => OftcError): Message {
  if (!isObject(turn)) throw refused(` is ${shownValue(turn)}: write {"role": "user", "content": "…"}`);
  const { role, content, ...others } = turn;
  if (typeof role !== 'string')
    throw refused(`: "role" is ${shownValue(role)}, and a text such as "user" is expected`);
  const called = TOOL_TURN_FIELDS.find((name) => !isEmpty(turn[name]));
  if (called)
    throw refused(` (${role}): it has "${called}", and calls of tools are not trained on: take them out`);
  if (TOOL_ROLES.includes(role))
    throw refused(`: its role is "${role}", and answers of tools are not trained on: take them out`);
  if (typeof content !== 'string')
    throw refused(` (${role}): "content" is ${shownValue(content)}, and a text is expected`);
  const kept = Object.entries(others).filter(([, value]) => !isEmpty(value));
  const wrong = kept.find(([, value]) => typeof value !== 'string');
  if (wrong)
    throw refused(` (${role}): "${wrong[0]}" is ${shownValue(wrong[1])}, and a turn has texts alone`);
  return { ...(Object.fromEntries(kept) as Readonly<Record<string, string>>), role, content };
}

function refuseTools(at: string, json: JsonObject, names: readonly string[]): void {
  const found = names.filter((name) => !isEmpty(json[name]));
  if (found.length > 0)
    throw refusedAt(at, `it has ${listed(found)}, and calls of tools are not trained on: take them out`);
}

/** Whether a value says no more than that there is none. */
const isEmpty = (value: Json | undefined): boolean =>
  value === undefined || value === null || (Array.isArray(value) && value.length === 0);
