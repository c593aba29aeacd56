/** The words of WGSL for highlighting. It reads tokens alone, because code in a view is never edited. */
import { StreamLanguage } from '@codemirror/language';

const KEYWORDS =
  'alias break case const const_assert continue continuing default diagnostic discard else enable fn for if let loop override requires return struct switch var while true false';
const TYPES =
  'array atomic bool f16 f32 i32 u32 ptr vec2 vec3 vec4 mat2x2 mat2x3 mat2x4 mat3x2 mat3x3 mat3x4 mat4x2 mat4x3 mat4x4 vec2f vec3f vec4f vec2h vec3h vec4h vec2i vec3i vec4i vec2u vec3u vec4u storage workgroup function private uniform read read_write';

const words = (list: string, style: string): [string, string][] => list.split(' ').map((w) => [w, style]);
const STYLES = new Map([...words(KEYWORDS, 'keyword'), ...words(TYPES, 'typeName')]);

export const wgsl = StreamLanguage.define<null>({
  name: 'wgsl',
  startState: () => null,
  token(stream) {
    if (stream.eatSpace()) return null;
    if (stream.match('//')) {
      stream.skipToEnd();
      return 'comment';
    }
    if (stream.match(/^@\w+/)) return 'meta';
    if (stream.match(/^(0[xX][\da-fA-F]+|\d+\.?\d*([eE][+-]?\d+)?|\.\d+([eE][+-]?\d+)?)[iufh]?/))
      return 'number';
    const word = stream.match(/^[A-Za-z_]\w*/);
    if (word && word !== true) {
      const style = STYLES.get(word[0]);
      return style ?? (stream.peek() === '(' ? 'variableName.function' : 'variableName');
    }
    if (stream.match(/^[-+*/%&|^!<>=~]+/)) return 'operator';
    stream.next();
    return 'punctuation';
  },
});
