/** Reads conversations to sequences, and counts what is cut and what is left out. */
import type { Chat } from '../../formats/chat/index.ts';
import { counted, listed, shownValue } from '../../formats/error.ts';
import { countedLabels, type Sequence } from '../batch.ts';
import { type Conversation, conversationOf, refusedAt, turnName } from './conversations.ts';
import type { Line } from './lines.ts';
import { labelled, speltAs } from './spelt.ts';

export interface Chats {
  /** The conversations that have a label that counts, each of at most `length` tokens. */
  readonly sequences: readonly Sequence[];
  readonly counts: ChatCounts;
  readonly responses: Responses;
  readonly notes: readonly string[];
}

export interface Responses {
  /** The tokens that end a conversation's last response. */
  readonly ends: readonly number[];
  /** The least number of tokens that stand before the first response of a conversation. */
  readonly before: number;
  /** The tokens of the longest conversation. */
  readonly longest: number;
}

export interface ChatCounts {
  readonly conversations: number;
  /** The tokens of all conversations as they are in the files. */
  readonly tokens: number;
  /** The conversations that were longer than a row, and the tokens that were cut off. */
  readonly cut: number;
  readonly cutTokens: number;
  /** The conversations that were left out, because no token of a response was left. */
  readonly dropped: number;
}

export interface ChatOptions {
  readonly length: number;
  /** The end-of-text token. */
  readonly end: number | undefined;
}

/** Reads the conversations of lines. Throws OFT6004 with the line and the turn. */
export function chatsOf(lines: readonly Line[], chat: Chat, { length, end }: ChatOptions): Chats {
  const sequences: Sequence[] = [];
  const unread = new Set<string>();
  const ends = new Set<number>();
  const [unanswered, endless]: [string[], string[]] = [[], []];
  let [tokens, longest, before, cut, cutTokens] = [0, 0, Number.POSITIVE_INFINITY, 0, 0];
  for (const line of lines) {
    const { conversation, unread: others } = conversationOf(line);
    for (const name of others) unread.add(name);
    const { messages, at } = conversation;
    if (messages.at(-1)!.role !== 'assistant')
      unanswered.push(`${at} ${turnName(messages, messages.length - 1)}`);
    const spelt = speltAs(conversation, chat, end);
    const last = spelt.isResponse.lastIndexOf(1);
    if (last < 0 && hasResponse(conversation))
      throw refusedAt(
        at,
        `the chat template writes nothing of its responses: it has to write the content of each turn${chat.source}`,
      );
    if (last >= 0) before = Math.min(before, spelt.isResponse.indexOf(1));
    const isEnd = last >= 0 && (chat.mayEnd(spelt.ids[last]!) || spelt.ids[last] === end);
    if (isEnd) ends.add(spelt.ids[last]!);
    else if (last >= 0) endless.push(at);
    tokens += spelt.ids.length;
    longest = Math.max(longest, spelt.ids.length);
    const over = Math.max(0, spelt.ids.length - (length + 1));
    cutTokens += over;
    cut += Number(over > 0);
    const { ids, labels } = labelled(spelt);
    const kept = { ids: Array.from(ids).slice(0, length), labels: Array.from(labels).slice(0, length) };
    if (countedLabels(kept) > 0) sequences.push(kept);
  }
  const dropped = lines.length - sequences.length;
  const counts = { conversations: lines.length, tokens, cut, cutTokens, dropped };
  const advice = endless.length > 0 ? chat.endlessAdvice(end) : '';
  const begins = lines.length > 0 && chat.hasTemplate ? chat.beforeResponse() : '';
  const remarks = { unread: [...unread], unanswered, endless, advice, begins };
  const responses = { ends: [...ends], before, longest };
  return { sequences, counts, responses, notes: notesOf(counts, remarks, { length, longest }) };
}

const hasResponse = ({ messages, first }: Conversation): boolean =>
  messages.some((m, turn) => turn >= first && m.role === 'assistant' && m.content.trim() !== '');

interface Remarks {
  readonly unread: readonly string[];
  /** The places of conversations whose last turn has no response. */
  readonly unanswered: readonly string[];
  /** The places of conversations whose last response ends without a control token. */
  readonly endless: readonly string[];
  /** Why these end so, and the remedy. */
  readonly advice: string;
  /** The text that the template writes in a response before its content. */
  readonly begins: string;
}

const places = (all: readonly string[]): string => `${all[0]}${all.length > 1 ? ' is the first' : ''}`;

function notesOf(
  { cut, cutTokens, dropped }: ChatCounts,
  remarks: Remarks,
  { length, longest }: { readonly length: number; readonly longest: number },
): string[] {
  const { unread, unanswered, endless, advice, begins } = remarks;
  const notes = [];
  if (unread.length > 0)
    notes.push(`lines have fields beside their conversations that are not read: ${listed(unread)}`);
  if (cut > 0)
    notes.push(
      `${counted(cut, 'conversation')} longer than --length ${length} ${cut === 1 ? 'is' : 'are'} cut, by ${counted(cutTokens, 'token')}: --length ${longest - 1} cuts none`,
    );
  if (dropped > 0)
    notes.push(
      `${counted(dropped, 'conversation')} ${dropped === 1 ? 'is' : 'are'} left out, without a token of a response in the first ${length + 1}`,
    );
  if (begins !== '')
    notes.push(
      `the chat template writes ${shownValue(begins)} before a response, and not where add_generation_prompt asks for what stands before one: it is trained as a part of each response, and generate --chat shows it`,
    );
  if (unanswered.length > 0)
    notes.push(
      `${counted(unanswered.length, 'conversation ends', 'conversations end')} with a turn without a response, on which nothing is trained: ${places(unanswered)}`,
    );
  if (endless.length > 0)
    notes.push(
      `${counted(endless.length, 'conversation ends', 'conversations end')} with a response after which no control token follows, so that the model does not learn where to stop: ${places(endless)}. ${advice}`,
    );
  return notes;
}
