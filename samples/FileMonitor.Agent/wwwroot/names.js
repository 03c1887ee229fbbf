// A file name may hold anything: line breaks that forge a row, overrides that make exe.txt of txt.exe, characters nobody can see, half a
// surrogate pair. Here it becomes parts that can be shown: plain text, and escapes that look like ones.

const harmless = /^[!-~]*$/;
const invisible = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]/u;
const oddSpace = /[^\P{Zs} \u3000]/u;
const mark = /\p{M}/u;
const pictograph = /\p{Extended_Pictographic}/u;

const named = new Map([['\n', '\\n'], ['\r', '\\r'], ['\t', '\\t']]);

// What is written with joiners: Persian, Hindi, emoji. Between letters of ours they only hide.
const joined = /(?![\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}])[\p{L}\p{M}\p{Extended_Pictographic}\p{Emoji_Modifier}]/u;

/**
 * The text as parts { text, isEscape }. What would act, hide, or pass for something else is an escape. In a path that is also a blank
 * where a name begins or ends.
 */
export function neutralise(text, { isPath = false } = {}) {
  if (harmless.test(text)) {
    return [{ text, isEscape: false }];
  }

  const parts = [];
  const characters = Array.from(text);
  characters.forEach((character, at) => {
    const isEscape = deceives(character, characters[at - 1] ?? '/', characters[at + 1] ?? '/', isPath);
    const shown = isEscape ? escapeOf(character) : character;
    if (parts.at(-1)?.isEscape === isEscape) {
      parts.at(-1).text += shown;
    } else {
      parts.push({ text: shown, isEscape });
    }
  });
  return parts;
}

/** The same as one string: for titles, labels and the filter. */
export function plain(text, options) {
  return neutralise(text, options).map(part => part.text).join('');
}

/**
 * The path whose bytes these are, in base64. A byte that is not UTF-8 becomes half a surrogate pair, U+DC80 to U+DCFF, as it is in the
 * library: it is shown as an escape, where the text that came with it has only a replacement character.
 */
export function nameOfBytes(base64) {
  const bytes = Uint8Array.from(atob(base64), character => character.charCodeAt(0));
  let name = '';
  for (let at = 0; at < bytes.length;) {
    const [character, length] = characterAt(bytes, at);
    name += character;
    at += length;
  }

  return name;
}

function deceives(character, before, after, isPath) {
  switch (character) {
    case ' ':
      return isPath && (before === '/' || after === '/');
    case '\u200c':
    case '\u200d':
      return !joined.test(before) || !joined.test(after);
    case '\ufe0f':
      return !pictograph.test(before);
    default:
      return invisible.test(character) || oddSpace.test(character) || (before === '/' && mark.test(character));
  }
}

/** The forms of the command line: \n, \x1b, \u202e, \U000e0041; \xff for a byte that is not UTF-8. */
function escapeOf(character) {
  if (named.has(character)) {
    return named.get(character);
  }

  const code = character.codePointAt(0);
  if (code >= 0xdc80 && code <= 0xdcff) {
    return '\\x' + (code - 0xdc00).toString(16);
  }

  const [prefix, digits] = code <= 0x7f ? ['\\x', 2] : code <= 0xffff ? ['\\u', 4] : ['\\U', 8];
  return prefix + code.toString(16).padStart(digits, '0');
}

function characterAt(bytes, at) {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  for (let length = 1; length <= 4 && at + length <= bytes.length; length++) {
    try {
      return [decoder.decode(bytes.subarray(at, at + length)), length];
    } catch (incomplete) {
      // Not a character yet; with one byte more it may be.
    }
  }

  return [String.fromCharCode(0xdc00 + bytes[at]), 1];
}
