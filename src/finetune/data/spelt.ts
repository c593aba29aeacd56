/** Makes sequences of conversations: their token ids, with labels at the tokens of responses alone. */
import { type Chat, ChatError, type Spelt } from '../../formats/chat/index.ts';
import { IGNORED, type Sequence } from '../batch.ts';
import { type Conversation, refusedAt, turnName } from './conversations.ts';

/** The tokens of a conversation. Throws OFT6004 with the line and the turn, and InvalidTokenizer without a template. */
export function speltAs(conversation: Conversation, chat: Chat, end: number | undefined): Spelt {
  const { at, messages, first, isText } = conversation;
  try {
    if (isText && !chat.hasTemplate) return asText(conversation, chat, end);
    return chat.conversation({ messages, isResponse: (turn) => turn >= first });
  } catch (e) {
    if (!(e instanceof ChatError)) throw e;
    const turn = e.turn === undefined ? '' : `${turnName(messages, e.turn)}: `;
    throw refusedAt(at, `${turn}${e.message}${chat.source}`);
  }
}

/** A prompt and its completion as one text, and the end-of-text token, which the response has too. */
function asText({ messages }: Conversation, chat: Chat, end: number | undefined): Spelt {
  const [prompt, completion] = messages as readonly [
    Conversation['messages'][0],
    Conversation['messages'][0],
  ];
  const { ids, isResponse } = chat.completed(prompt.content, completion.content);
  if (end === undefined) return { ids, isResponse };
  return { ids: Int32Array.from([...ids, end]), isResponse: Uint8Array.from([...isResponse, 1]) };
}

/** The sequence in which each token predicts the next, and a prediction counts if it is of a response. */
export const labelled = ({ ids, isResponse }: Spelt): Sequence => ({
  ids: ids.subarray(0, -1),
  labels: ids.subarray(1).map((id, n) => (isResponse[n + 1] === 1 ? id : IGNORED)),
});
